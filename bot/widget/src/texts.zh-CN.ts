/** Every Chinese word the seeker's page can say by itself. What the bot says comes from the server. */

/** Numbers that stand in the page's own text, so that they are there when nothing else is. */
const numbers = [
  { number: '12356', name: '心理援助热线，全国都能打' },
  { number: '12355', name: '青少年服务台' },
  { number: '110', name: '报警，有人会伤害你或别人' },
  { number: '120', name: '急救，受伤了或吃错了东西' },
];

/** Words that must stand in the page before any script runs. */
export const page = {
  title: '便签',
  noscript: '这一页要打开网页脚本才能写字。现在就想找人说，可以直接打下面的号码：',
  numbers,
};

/** Words of the button on other people's pages. Nothing here names what the service is. */
export const loader = {
  label: '聊一聊',
  frame: '聊一聊',
  close: '关上',
  loading: '正在打开',
  fallbackTitle: '暂时打不开',
  fallbackText: '网络不太顺，我会一直试。着急的话，可以直接打电话：',
  retry: '再试一次',
  shift: ['再按两次 Shift 就离开', '再按一次 Shift 就离开', '正在离开'] as readonly string[],
  numbers,
};

export const chat = {
  title: '便签',
  name: '树洞',

  // first lines
  opening: '嗨，我在。想到什么就写什么，写一个字也行。',
  openingProgram: '我是一个程序，会先听你说。想找真人，随时点“转人工”。',
  keptLine1: '留什么：你写的话会加密存好，不用留名字。',
  keptLine2: '谁会看：程序先读一遍，需要时值班的咨询员会看。',
  keptLine3: '什么时候必须管：有人可能有生命危险，或正在被伤害。',
  keptMore: '看全文',

  // composer and strip
  boxLabel: '写在这里',
  boxHint: '想说什么都可以',
  send: '发出',
  count: '已写 {n} 个字',
  countOver: '已写 {n} 个字。超过两万字也会全部发出去，会有人来读，只是要久一点。',
  human: '转人工',
  danger: '我现在有危险',
  leave: '马上离开',
  leaveHint: '马上离开，也可以连按三次 Shift 键。浏览记录要自己删。',
  stripLabel: '随时可以用',
  shift: ['再按两次 Shift 就离开', '再按一次 Shift 就离开', '正在离开'] as readonly string[],
  newBelow: '下面有新的话',

  // who speaks
  you: '你',
  program: '程序',
  service: '服务提示',
  helper: '咨询员',
  says: '{who}说：',
  logLabel: '聊天内容',
  sending: '正在发出',
  notSent: '还没发出去',
  chosen: '已选',
  typing: '对方正在写',

  // state line
  stateBot: '现在回你的是程序',
  stateWaiting: '正在帮你找人',
  stateWaitingPlace: '正在帮你找人，前面还有 {ahead} 位',
  stateWaitingNext: '正在帮你找人，下一位就是你',
  stateHuman: '{name} 在和你聊',
  stateClosed: '这次聊完了，想说随时再写',
  stateOffline: '网络断了，正在重新连',
  waitRange: '大约要等 {low} 到 {high} 分钟',
  waitUnknown: '要等多久现在说不准，一有人就会接你',
  waitNobody: '现在没有人值班，你写的会有人看到；着急请先打电话',
  waitMeanwhile: '等的时候可以接着写，每一句都会有人看到。页面可以先放着，回来还在。',

  // when a message does not get through
  unsent: '这条还没发出去，我会一直重试；着急可以直接拨打 12356。',
  unsentDanger: '还没连上。现在有危险，先打 110 或 120，也可以叫身边的大人过来。',
  unsentAbroad: '这条还没发出去，我会一直重试；着急就先打当地的紧急电话，或者去找身边的大人。',
  unsentDangerAbroad: '还没连上。现在有危险，先打当地的紧急电话，也可以叫身边的大人过来。',
  numberNow: '拨打 {number}',
  numbersNow: [
    { number: '12356', name: '心理援助' },
    { number: '110', name: '报警' },
    { number: '120', name: '急救' },
  ] as readonly { number: string; name: string }[],
  callFailed: '没打通',

  // cards
  breathingStart: '跟着一起呼吸',
  breathingStop: '停下来',
  breathingIn: '慢慢吸气',
  breathingOut: '慢慢呼气',
  breathingDone: '做完了。现在感觉一下自己的脚踩在地上。',
  breathingText:
    '用鼻子吸气，心里慢慢数到 4；再用嘴呼气，慢慢数到 6。这样来 6 轮。不舒服就停下，照平常那样呼吸。',
  articleMore: '接着看',
  articleLess: '收起',
  cardUnknown: '这里有一条内容，这个页面还显示不了。可以点“转人工”，让人念给你听。',

  // offers
  offers: '告诉我们一点（可以不填）',
  offersWhy: '不填也一样聊。填了，我们能说得更合适，号码也能给得更准。',
  audience: '我是',
  student: '学生',
  parent: '家长',
  teacher: '老师',
  age: '年龄',
  under14: '不到 14 岁',
  from14: '14 到 17 岁',
  from18: '18 岁以上',
  region: '在哪里',
  regionNone: '先不说',
  nickname: '怎么叫你',
  nicknameHint: '随便起一个，别用真名',
  aboutYou: '还想让我们知道的',
  abroad: '我不在中国大陆',
  offersSend: '就填这些',
  offersSent: '记下了。',

  // menu
  menu: '更多',
  close: '关上',
  back: '返回',
  menuBreathing: '陪我做一次呼吸',
  menuEnd: '这次先聊到这里',
  menuKept: '留了什么',
  menuExport: '导出我写的',
  menuErase: '删除我写的',
  menuRemember: '下次接着聊',
  menuSize: '字的大小',
  sizes: ['标准', '大', '特大'] as readonly string[],
  menuTheme: '颜色',
  themes: ['跟着手机', '浅色', '深色'] as readonly string[],
  menuLanguage: '语言',
  languages: ['中文', 'English'] as readonly string[],
  menuAbout: '关于这里',

  // about, kept
  about: [
    '先回你的是一个程序。它听懂你在说什么，给你有用的办法；它不是人，也不会假装是人。',
    '它说的每一句都由人写好、看过，不是临时编的。',
    '你说想找真人，或者它看出你可能有危险，就会马上转给值班的咨询员。',
    '它不能看病，也不能开药。',
  ] as readonly string[],
  /** Goes up when the text below changes its meaning: everybody is then asked anew. */
  consentVersion: '1',
  keptTitle: '留什么，谁会看',
  keptFull: [
    '留什么：你在这里写的话、你选的按钮和你愿意填的资料。它们加密存着，到期就删。不用留名字和电话。',
    '还会留一小段时间：你上网的地址和时间，装在封好的“信封”里。只有为了救命，才能由负责的人写下理由再打开，打开会留下记录。',
    '谁会看：程序读每一句，判断有没有危险。值班的咨询员看转给他们的聊天；督导会抽查，好让大家做得更好。他们看到的是你起的名字。',
    '谁看不到：你的同学、老师和家长看不到。我们不会自己去告诉他们。',
    '什么时候必须管：看到有人可能有生命危险，或者有孩子正在被伤害，法律要求我们去找能帮忙的人。能先和你说的，我们会先和你说。',
    '你可以：随时看留了什么，导出，或者要求删除。有些危机记录法律要求多存一段时间，我们会告诉你是哪些、存到哪天。',
    '写下第一句话，就是同意我们这样做。不同意也没关系，可以直接打 12356。',
  ] as readonly string[],
  training: '可以把我的话去掉名字以后，用来让程序学得更准',
  trainingWhy: '不勾也完全一样用。随时可以改。',
  keptLoading: '正在查',
  keptUntil: '存到 {until}',
  keptNothing: '现在还没有留下什么。',

  // secret
  secretWord: '暗号',
  secretWordHint: '至少四个字，别用生日和名字',
  secretPictures: '点图片',
  secretPicturesHint: '按你自己的顺序点至少四张',
  secretPicked: '已经点了 {n} 张',
  secretClear: '重来',
  secretOk: '好了',
  secretShort: '再长一点：至少四个字，或四张图。',
  rememberText:
    '设一个只有你知道的暗号，下次在这台机器上打开，就能接着聊。没有暗号，谁也看不到这次写了什么。',
  rememberShared: '这是大家共用的电脑或手机，不要记住我',
  rememberSharedDone: '好，这台机器不会记住你。关掉这一页就没有了。',
  rememberDone: '好了。下次打开，点“接着上次聊”，输入暗号就行。',
  rememberExit: '按“马上离开”会清掉这一页。“下次接着聊”还在，要有暗号才打得开。',
  unlockLine: '接着上次聊',
  unlockText: '输入你的暗号，就能看到上次写的。',
  unlockDone: '打开了。',
  secretNeeded: '这件事要用暗号来确认是你本人。',
  secretMissing: '你还没有设暗号。先在“下次接着聊”里设一个，再回来。',

  // export, erase
  exportDone: '这是你的全部内容。可以存下来，也可以复制。',
  exportSave: '存成文件',
  exportFile: '便签',
  eraseText: '删掉以后找不回来。有些危机记录法律要求多存一段时间，会告诉你是哪些。',
  eraseOk: '删除',
  eraseDone: '已经删了。',
  eraseStays: '这些还要留一段时间：',

  // feedback
  feedbackTitle: '这次聊天有帮助吗',
  feedbackYes: '有',
  feedbackSome: '有一点',
  feedbackNo: '没有',
  feedbackDistress: '现在心里有多难受（可以不填）',
  feedbackLow: '0 不难受',
  feedbackHigh: '10 非常难受',
  feedbackText: '还想说点什么（可以不写）',
  feedbackSend: '告诉你们',
  feedbackSkip: '不用了',
  feedbackThanks: '谢谢你告诉我们。',

  // errors
  errorGeneric: '这一步没成，过一会儿再试。',
  errorSecret: '暗号对不上，再想想看。',
  again: '重新开始',
};

/** Names of the nine pictures of the secret sequence, in the order of the grid. */
export const pictures = ['太阳', '月亮', '叶子', '杯子', '小鱼', '房子', '小船', '星星', '雨伞'];
