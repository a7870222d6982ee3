/** The time, renewed each second (or `everyMs`); one timer for all that use it. */
export declare function useNow(everyMs?: number): Date;
