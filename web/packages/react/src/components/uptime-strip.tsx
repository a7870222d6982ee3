import type { ReactNode } from 'react';
import type { UptimeSegment } from '../api/upcoming';
export interface UptimeStripProps {
  readonly segments: readonly UptimeSegment[];
  readonly className?: string;
}
export declare function UptimeStrip(props: UptimeStripProps): ReactNode;
