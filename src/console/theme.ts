import { createTheme, Loader } from '@mantine/core';

/** Shades of the primary colour that keep a contrast of 4.5:1 with what lies under them. */
export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: { light: 8, dark: 8 },
  // With the rule in console.css: who asks their system for less motion gets none here.
  respectReducedMotion: true,
  defaultRadius: 'md',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", sans-serif',
  headings: { fontWeight: '650' },
  components: {
    // Its label says what is loading, which only an element with a role may have.
    Loader: Loader.extend({ defaultProps: { role: 'status' } }),
  },
});
