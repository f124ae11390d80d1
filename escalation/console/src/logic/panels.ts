/** What the right pane shows: the story, or one form that ends or changes the care. */
export type Panel = 'story' | 'close' | 'lower' | 'transfer' | 'hand-back' | 'reveal'
