import type { ReactNode } from 'react';
import type { MessageRow } from '../api/types';
export interface MessageStateTextProps {
  readonly message: MessageRow;
  readonly maxAttempts?: number;
  readonly className?: string;
}
export declare function MessageStateText(props: MessageStateTextProps): ReactNode;
