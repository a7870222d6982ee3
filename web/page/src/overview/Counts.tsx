import { useFormatter } from 'use-intl';
import { Link } from 'wouter';

import classes from './Counts.module.css';

export interface Count {
  readonly key: string;
  readonly label: string;
  readonly count: number;
  /** Coloured where it is more than none. */
  readonly tone: 'good' | 'bad' | 'wait' | 'plain';
  readonly href?: string;
}

/** A few numbers with their names. */
export function Counts({ counts }: { readonly counts: readonly Count[] }) {
  const format = useFormatter();
  return (
    <dl className={classes['counts']}>
      {counts.map(({ key, label, count, tone, href }) => (
        <div key={key} className={classes['count']} data-tone={count > 0 ? tone : 'none'}>
          <dt>{href ? <Link href={href}>{label}</Link> : label}</dt>
          <dd>{format.number(count)}</dd>
        </div>
      ))}
    </dl>
  );
}
