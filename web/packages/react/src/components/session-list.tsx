import type { ReactNode } from 'react';
import type { SessionRow } from '../api/types';
export interface SessionListProps {
  /** All of the hook's, if not given. */
  readonly sessions?: readonly SessionRow[];
  readonly verifyingSessionIds?: ReadonlySet<string>;
  /** What an operator can do to a session: drawn at the end of its item. */
  readonly actions?: (session: SessionRow) => ReactNode;
  readonly className?: string;
}
export declare function SessionList(props: SessionListProps): ReactNode;
