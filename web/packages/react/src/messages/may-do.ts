import type { MessageRow } from '../api/types';
export type MessageAction = 'retry' | 'cancel' | 'check' | 'mark_delivered';
/** Whether the API would take the action, as far as the row tells; 'with_force' where it asks for `force`. */
export declare function mayDo(action: MessageAction, row: MessageRow): 'yes' | 'no' | 'with_force';
