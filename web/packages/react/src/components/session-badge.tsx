import type { ReactNode } from 'react';
import type { SessionRow } from '../api/types';
import type { LabelOverrides } from '../labels/labels';
export interface SessionBadgeProps {
  readonly session: SessionRow;
  readonly verifying?: boolean;
  readonly labels?: LabelOverrides;
  readonly className?: string;
}
export declare function SessionBadge(props: SessionBadgeProps): ReactNode;
