import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const accent: MantineColorsTuple = [
  '#eef0fd',
  '#dcdff7',
  '#b5bcec',
  '#8b96e2',
  '#6a78d9',
  '#5363d4',
  '#4757d1',
  '#3b4cca',
  '#3040a6',
  '#253384',
];

// greys with a touch of the accent's blue, as the light scheme has
const dark: MantineColorsTuple = [
  '#e7e9f0',
  '#c9cdd8',
  '#a3a9ba',
  '#7d8497',
  '#464c5c',
  '#313542',
  '#262a35',
  '#1c1f28',
  '#14161d',
  '#0f1117',
];

/** One accent colour; red, amber and green are kept for what a session or a message is. */
export const theme = createTheme({
  colors: { accent, dark },
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 6 },
  defaultRadius: 'md',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans Devanagari", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, monospace',
  headings: { fontWeight: '620' },
  cursorType: 'pointer',
  components: {
    // beside its field, and so inside the page's landmarks and a dialog's focus
    Select: { defaultProps: { comboboxProps: { withinPortal: false, keepMounted: false } } },
  },
  respectReducedMotion: true,
});

/** Colours that carry a meaning, readable (AA) on the page's ground in both schemes. */
export const colours: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--page-accent': '#3b4cca',
    '--mantine-color-anchor': '#3b4cca',
    '--page-ground': '#f7f7f9',
    '--page-surface': '#ffffff',
    '--page-line': '#e3e4ea',
    '--page-text': '#1d2030',
    '--page-quiet': '#5b6072',
    '--page-good': '#16703c',
    '--page-good-ground': '#e5f5eb',
    '--page-wait': '#8a5300',
    '--page-wait-ground': '#fdf1dc',
    '--page-bad': '#b42318',
    '--page-bad-ground': '#fdecea',
    '--page-unknown': '#555b6e',
    '--page-unknown-ground': '#eceef3',
    '--page-bar-good': '#2f9e63',
    '--page-bar-bad': '#d64545',
    '--page-bar-wait': '#d99a2b',
    '--page-bar-unknown': '#b8bdca',
    '--mantine-color-body': '#ffffff',
    '--mantine-color-text': '#1d2030',
    '--mantine-color-dimmed': '#5b6072',
    '--mantine-color-placeholder': '#6b7083',
    '--mantine-color-error': '#b42318',
  },
  dark: {
    '--page-accent': '#8b96e2',
    '--mantine-color-anchor': '#a5aef0',
    '--page-ground': '#14161d',
    '--page-surface': '#1c1f28',
    '--page-line': '#313542',
    '--page-text': '#e7e9f0',
    '--page-quiet': '#a3a9ba',
    '--page-good': '#6fd39a',
    '--page-good-ground': '#17352a',
    '--page-wait': '#f0bd63',
    '--page-wait-ground': '#3a2d14',
    '--page-bad': '#ff9a8f',
    '--page-bad-ground': '#43201f',
    '--page-unknown': '#b1b7c6',
    '--page-unknown-ground': '#2b2f3b',
    '--page-bar-good': '#4cb27d',
    '--page-bar-bad': '#e36a62',
    '--page-bar-wait': '#d9a441',
    '--page-bar-unknown': '#555b6b',
    '--mantine-color-body': '#1c1f28',
    '--mantine-color-text': '#e7e9f0',
    '--mantine-color-dimmed': '#a3a9ba',
    '--mantine-color-placeholder': '#8d93a5',
    '--mantine-color-error': '#ff9a8f',
  },
});
