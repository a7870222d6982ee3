import type { ReactNode } from 'react';
export interface TimeAgoProps {
  readonly at: string | Date;
  readonly className?: string;
}
export declare function TimeAgo(props: TimeAgoProps): ReactNode;
