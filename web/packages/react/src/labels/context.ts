import type { Labels } from './labels';
export declare function useLabels(): Labels;
