import type { MessageFact, MessageRow } from '../api/types';
export declare function applyMessageFact<Row extends MessageRow>(row: Row, fact: MessageFact): Row;
