import type { TruesendClient } from '../client/client';
export declare function useTruesendClient(): TruesendClient;
