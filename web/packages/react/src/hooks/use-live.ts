import type { LiveStatus } from '../stream/live-status';
export declare function useLive(): LiveStatus;
