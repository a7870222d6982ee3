import type { ProblemError } from '@truesend/react';

import classes from './Outcome.module.css';

/** What an action came to, beside what was acted on. */
export type OutcomeOfAction =
  { readonly kind: 'done'; readonly says: string } | { readonly kind: 'refused'; readonly by: ProblemError };

/** Says it once, also to a screen reader; a refusal is in the API's own words. */
export function Outcome({ of }: { readonly of: OutcomeOfAction | null }) {
  return (
    <div role="status" className={classes['place']}>
      {of?.kind === 'done' && <p className="quiet">{of.says}</p>}
      {of?.kind === 'refused' && <p className="wrong">{of.by.detail}</p>}
    </div>
  );
}
