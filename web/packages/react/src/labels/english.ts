import type { Labels } from './labels';
export declare const english: Labels;
