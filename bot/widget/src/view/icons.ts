/** Line drawings (24 × 24), and the nine pictures of the secret sequence in the order of `pictures` in the texts. */

export const SEND = 'M12 19V6M6 11l6-6 6 6';
export const MORE = 'M5 12h.01M12 12h.01M19 12h.01';
export const CLOSE = 'M6 6l12 12M18 6 6 18';
export const PHONE =
  'M6 3h3l2 5-2 1.5a12 12 0 0 0 5.500 5.500L16 13l5 2v3a3 3 0 0 1-3 3A15 15 0 0 1 3 6a3 3 0 0 1 3-3Z';

export const PICTURES: readonly string[] = [
  'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.400 1.400M17.600 17.600 19 19M5 19l1.400-1.400M17.600 6.400 19 5',
  'M20 14.500A8.500 8.500 0 1 1 9.500 4a7 7 0 0 0 10.500 10.500Z',
  'M5 19C4 10 10 4 20 4c0 10-6 16-15 15ZM5 19l8-8',
  'M5 8h11v7a4 4 0 0 1-4 4H9a4 4 0 0 1-4-4V8ZM16 10h2a2 2 0 0 1 0 5h-2M8 3v2M12 3v2',
  'M3 12c3-5 10-6 14 0-4 6-11 5-14 0ZM17 12l4-4v8l-4-4ZM7.500 11.500h.01',
  'M4 11 12 4l8 7M6 10v9h12v-9M10 19v-5h4v5',
  'M3 15h18l-3 5H6l-3-5ZM12 15V3l7 9h-7',
  'M12 3l2.700 5.800 6.300.800-4.600 4.400 1.200 6.300-5.600-3.100-5.600 3.100 1.200-6.300L3 9.600l6.300-.800L12 3Z',
  'M3 12a9 9 0 0 1 18 0H3ZM12 12v6a2 2 0 0 0 4 0M12 2v1',
];
