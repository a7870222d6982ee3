import type { ReactNode } from 'react';

import classes from './Scrolling.module.css';

/** What may be wider or longer than its place: scrolls by itself, also by keyboard. */
export function Scrolling({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div role="group" aria-label={label} tabIndex={0} className={classes['scrolling']}>
      {children}
    </div>
  );
}
