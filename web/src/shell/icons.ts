// Line icons on a 16 x 16 grid, drawn for this page: one path each, stroked in the colour of the text.
export const ICONS = {
  overview: 'M2 2.5h5v5H2zM9 2.5h5v3H9zM9 7.500h5v6H9zM2 9.500h5v4H2z',
  pause: 'M5.500 3.500v9M10.500 3.500v9',
  play: 'M5 3.500v9l7.500-4.500z',
  retry: 'M13 8a5 5 0 1 1-1.500-3.600M13 2.500v3h-3',
  light: 'M8 5.200a2.800 2.800 0 1 0 0 5.600a2.800 2.800 0 0 0 0-5.600M8 1.500v1.500M8 13v1.500M1.500 8h1.500M13 8h1.500M3.400 3.400l1 1M11.600 11.600l1 1M12.600 3.400l-1 1M4.400 11.600l-1 1',
  dark: 'M13 9.800A5.500 5.500 0 0 1 6.200 3a5.500 5.500 0 1 0 6.800 6.800z',
  system: 'M2 3h12v8H2zM6 13.500h4M8 11v2.500',
  copy: 'M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3',
  check: 'M3 8.500l3.500 3.500L13 5',
} as const;

export type IconName = keyof typeof ICONS;
