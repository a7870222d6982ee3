/** The pages, in the order of the navigation. */
export const PAGES = [
  { name: 'sessions', path: '/sessions' },
  { name: 'messages', path: '/messages' },
  { name: 'overview', path: '/overview' },
] as const;

export const FIRST_PAGE = PAGES[0].path;
