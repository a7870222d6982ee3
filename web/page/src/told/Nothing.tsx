import type { ReactNode } from 'react';

import classes from './State.module.css';

/** There is nothing to show: why, and what to do. */
export function Nothing({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className={classes['state']}>
      <p className={classes['title']}>{title}</p>
      {children && <div className="quiet">{children}</div>}
    </div>
  );
}
