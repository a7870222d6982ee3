import { type ReactNode, useId } from 'react';

import classes from './Card.module.css';

interface CardProps {
  readonly title: string;
  /** What is told, where the title does not say it all. */
  readonly says?: string;
  readonly end?: ReactNode;
  readonly children: ReactNode;
}

/** One part of the overview. */
export function Card({ title, says, end, children }: CardProps) {
  const id = useId();
  return (
    <section className={classes['card']} aria-labelledby={id}>
      <div className={classes['head']}>
        <div>
          <h2 id={id}>{title}</h2>
          {says && <p className={classes['says']}>{says}</p>}
        </div>
        {end}
      </div>
      {children}
    </section>
  );
}
