import type { SessionFact, SessionRow } from '../api/types';
export declare function applySessionFact(row: SessionRow, fact: SessionFact): SessionRow;
