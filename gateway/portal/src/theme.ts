import {
  type ActionIconProps,
  type BadgeProps,
  type ButtonProps,
  type ComboboxProps,
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  type MenuProps,
  type ModalProps,
  type PaperProps,
  type TableProps,
  type TabsProps,
  type TextProps,
  type TooltipProps,
} from '@mantine/core';

// The accent: a calm indigo. White has at least 4.5:1 on shades 5 (in the dark) and 6.
const mesh: MantineColorsTuple = [
  '#f0f1fc',
  '#dfe1f7',
  '#bcc1ee',
  '#98a0e5',
  '#7a84dc',
  '#5d67cf',
  '#4a55c4',
  '#3f49ad',
  '#363f97',
  '#2b3380',
];

// Greys with a little blue: in the dark 0 is the text, 7 the page. Shade 4 of both draws the edge of inputs and boxes, with 3:1.
const dark: MantineColorsTuple = [
  '#e3e5ea',
  '#c4c8d0',
  '#9ba1ad',
  '#767d8b',
  '#474d59',
  '#333842',
  '#22262e',
  '#16191f',
  '#111318',
  '#0c0e12',
];

const gray: MantineColorsTuple = [
  '#f8f9fb',
  '#f1f3f6',
  '#e6e9ee',
  '#d9dde4',
  '#c3c9d3',
  '#9aa2b0',
  '#6b7382',
  '#4b5260',
  '#2f3540',
  '#1b1f27',
];

// Components are named by their types alone: what the first screen does not show is not loaded with the theme.
const of = <Props>(defaultProps: Partial<Props>) => ({ defaultProps });
const small = of({ size: 'xs' });

/** Type, space and colour of the portal: decided here, once. */
export const theme = createTheme({
  primaryColor: 'mesh',
  primaryShade: { light: 6, dark: 5 },
  colors: { mesh, dark, gray },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace',
  // 12 for what stands beside, 13 for what is read in rows and forms, 14 for prose, 16 and 20 for headings.
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.25rem' },
  lineHeights: { xs: '1.35', sm: '1.4', md: '1.5', lg: '1.5', xl: '1.4' },
  // Steps of four pixels.
  spacing: { xs: '0.5rem', sm: '0.75rem', md: '1rem', lg: '1.5rem', xl: '2rem' },
  radius: { xs: '3px', sm: '4px', md: '6px', lg: '8px', xl: '12px' },
  defaultRadius: 'md',
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.25rem', lineHeight: '1.4' },
      h2: { fontSize: '0.875rem', lineHeight: '1.45' },
      h3: { fontSize: '0.8125rem', lineHeight: '1.45' },
    },
  },
  cursorType: 'pointer',
  respectReducedMotion: true,
  focusRing: 'auto',
  components: {
    ActionIcon: of<ActionIconProps>({ variant: 'subtle', color: 'gray', size: 'md' }),
    Badge: of<BadgeProps>({ variant: 'default', size: 'sm', radius: 'sm', tt: 'none', fw: 500 }),
    Button: of<ButtonProps>({ size: 'xs', fw: 500 }),
    Checkbox: small,
    // Options are drawn and placed when they are asked for: a screen may have many lists that are closed.
    Combobox: of<ComboboxProps>({ keepMounted: false }),
    Menu: of<MenuProps>({ shadow: 'md', transitionProps: { duration: 80 }, position: 'bottom-start', offset: 4 }),
    Modal: of<ModalProps>({
      radius: 'lg',
      closeButtonProps: { 'aria-label': 'Close' },
      transitionProps: { duration: 100 },
      overlayProps: { backgroundOpacity: 0.4 },
    }),
    NumberInput: small,
    Paper: of<PaperProps>({ withBorder: true, radius: 'lg' }),
    PasswordInput: small,
    SegmentedControl: small,
    Select: small,
    Switch: small,
    Table: of<TableProps>({ fz: 'sm', verticalSpacing: 6 }),
    Tabs: of<TabsProps>({ keepMounted: false }),
    Text: of<TextProps>({ size: 'sm' }),
    Textarea: small,
    TextInput: small,
    Tooltip: of<TooltipProps>({ openDelay: 350, transitionProps: { duration: 80 }, multiline: true, maw: 420 }),
  },
});

/** Colours by what they mean. Text colours have at least 4.5:1 on page and panel, marks at least 3:1. */
export const variables: CSSVariablesResolver = () => ({
  variables: { '--mesh-row': '32px', '--mesh-nav': '224px' },
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-text': '#1b1f27',
    '--mantine-color-dimmed': '#5f6775',
    '--mantine-color-placeholder': '#6b7382',
    '--mantine-color-error': '#c0242b',
    '--mesh-page': '#ffffff',
    '--mesh-side': '#f6f7f9',
    '--mesh-panel': '#ffffff',
    '--mesh-hover': '#f3f4f8',
    '--mesh-chosen': '#eceefb',
    '--mesh-border': '#e3e6eb',
    '--mesh-link': '#3f49ad',
    '--mesh-ok': '#1a7f4b',
    '--mesh-bad': '#c0242b',
    '--mesh-warn': '#9a5b00',
    '--mesh-busy': '#1f66c1',
    '--mesh-idle': '#6b7382',
    '--mesh-bad-surface': '#fdf1f1',
    '--mesh-warn-surface': '#fdf6e8',
    '--mesh-ok-surface': '#edf8f2',
    '--mesh-flash': '#fff6cf',
    '--mesh-bar': '#6670d3',
    '--mesh-bar-before': '#c2570c',
  },
  dark: {
    '--mantine-color-body': '#16191f',
    '--mantine-color-text': '#e3e5ea',
    '--mantine-color-dimmed': '#9ba1ad',
    '--mantine-color-placeholder': '#8a919e',
    '--mantine-color-error': '#ff8b8b',
    '--mantine-color-default': '#1e2229',
    '--mantine-color-default-border': '#3a404b',
    '--mesh-page': '#16191f',
    '--mesh-side': '#111318',
    '--mesh-panel': '#1a1e25',
    '--mesh-hover': '#22262e',
    '--mesh-chosen': '#272c48',
    '--mesh-border': '#2b303a',
    '--mesh-link': '#a9b1f2',
    '--mesh-ok': '#4cc38a',
    '--mesh-bad': '#ff8080',
    '--mesh-warn': '#f0b35a',
    '--mesh-busy': '#6cb0ff',
    '--mesh-idle': '#9ba1ad',
    '--mesh-bad-surface': '#2c1c20',
    '--mesh-warn-surface': '#2b2418',
    '--mesh-ok-surface': '#172820',
    '--mesh-flash': '#3a3418',
    '--mesh-bar': '#7a84dc',
    '--mesh-bar-before': '#f4a261',
  },
});

/** Colours of series in charts, told apart also by people who see colours differently; at least 3:1 on the panel. */
export const series = {
  light: ['#4a55c4', '#c2570c', '#15803d', '#b3267a', '#0e7490', '#a16207', '#7c3aed', '#c0242b', '#475569', '#4d7c0f'],
  dark: ['#8f9af5', '#f4a261', '#56c98d', '#f28cc4', '#4fc3dc', '#e3c34f', '#b79bff', '#ff8b8b', '#a9b4c4', '#a8d15a'],
};

/** The colour of the n-th series. */
export function seriesColor(index: number, scheme: 'light' | 'dark'): string {
  const colors = series[scheme];
  return colors[index % colors.length] as string;
}
