import type { ReactNode } from 'react';

import classes from './Warning.module.css';

/** Something to think about before going on. */
export function Warning({ title, children }: { readonly title?: string; readonly children: ReactNode }) {
  return (
    <div role="alert" className={classes['warning']}>
      {title && <p className={classes['title']}>{title}</p>}
      {children}
    </div>
  );
}
