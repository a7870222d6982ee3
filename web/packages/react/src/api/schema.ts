// Generated from docs/api/openapi.json by "npm run types". Do not edit.

export interface paths {
    "/v1/webhooks/{gateway}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take Webhook
         * @description Take what a gateway tells: 204 once it is stored. The secret is the webhook's, not an API key.
         *
         *     What is of no use here is taken, too, and passed on where WEBHOOK_FORWARD_URL says so.
         */
        post: operations["take_webhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/{gateway}/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Health Of Webhooks
         * @description Whether a gateway's webhooks arrive, and which were refused in the last day.
         */
        get: operations["health_of_webhooks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Sessions
         * @description The organization's sessions, each with the badge that it deserves.
         */
        get: operations["list_sessions"];
        put?: never;
        /**
         * Create Session
         * @description Make a session that is to be paired: reconnect it, and have its QR code scanned.
         */
        post: operations["create_session"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Verify Sessions
         * @description Have the gateways asked. `fresh` are those that were asked just now; what comes of it is on the live stream.
         */
        post: operations["verify_sessions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{session_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Session
         * @description One session.
         */
        get: operations["get_session"];
        put?: never;
        post?: never;
        /**
         * Delete Session
         * @description Delete a session that was never paired and that nothing depends on.
         */
        delete: operations["delete_session"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{session_id}/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Verify Session
         * @description Have one session's gateway asked, however young the last answer is.
         */
        post: operations["verify_session"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{session_id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Session History
         * @description What became of a session, the latest first.
         */
        get: operations["session_history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{session_id}/reconnect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Reconnect Session
         * @description Have the gateway connect the session again. Where it wants a phone to scan a code, `qr_url` shows it.
         */
        post: operations["reconnect_session"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{session_id}/disconnect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Disconnect Session
         * @description Have the gateway log the session out. It has to be paired anew afterwards.
         */
        post: operations["disconnect_session"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{session_id}/qr": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Session Qr
         * @description The session's state at its gateway, with the QR code where one is to be scanned. As `text/event-stream`: a `qr` event
         *     for each change, and `connected` at the end.
         *
         *     With `phone_number`, and where `offers_pairing_code`, the gateway is asked for a pairing code, once per request: each
         *     ends the one before.
         */
        get: operations["session_qr"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{session_id}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pause Session
         * @description Let nothing more of a session's messages start. What is at the gateway already comes to its end.
         */
        post: operations["pause_session"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{session_id}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resume Session
         * @description Let a paused session's messages go again.
         */
        post: operations["resume_session"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions/{session_id}/pace": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Pace
         * @description A session's rules, what they have counted, and whether they let its messages go now.
         */
        get: operations["get_pace"];
        /**
         * Set Pace
         * @description Say how a session may send: the whole of it, in place of what was said before.
         */
        put: operations["set_pace"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create Batch
         * @description Put many messages into the queue. Each is accepted (`id`) or refused (`error`) by itself, in the order given; the same
         *     request again answers 200 with the same results.
         */
        post: operations["create_batch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches/{batch_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Batch
         * @description How far a batch is. `seconds_left` goes by the pace of its sessions; null where nobody knows, since one of them
         *     cannot send.
         */
        get: operations["get_batch"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry Messages
         * @description Retry all that the filter matches; with `dry_run`, only count them. Where one request does not get through them
         *     all, `more` is true: send it again with `cursor`.
         */
        post: operations["retry_messages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{message_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Retry Message
         * @description Try a failed or cancelled message again; an unconfirmed one only with `force`, for it may arrive twice.
         */
        post: operations["retry_message"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{message_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel Message
         * @description Cancel a message that still waits.
         */
        post: operations["cancel_message"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{message_id}/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check Message
         * @description Have the gateway asked now what became of an accepted or unconfirmed message. What it says is on the live stream.
         */
        post: operations["check_message"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{message_id}/mark-delivered": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Mark Delivered
         * @description Say that a message arrived, where nobody else did. The history keeps who said so.
         */
        post: operations["mark_delivered"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Messages
         * @description The organization's messages, the latest first.
         */
        get: operations["list_messages"];
        put?: never;
        /**
         * Create Message
         * @description Put a message into the queue. 201 with the row; 200 with the same row when the same request comes again.
         */
        post: operations["create_message"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{message_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Message
         * @description One message with every attempt to send it and all that became of it, the earliest first.
         */
        get: operations["get_message"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/{message_id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Message History
         * @description A message's story, the earliest first: facts, attempts, and what its gateway told.
         */
        get: operations["message_history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/overview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Overview
         * @description How sessions, messages, alerts and webhooks are, and were in the last hours; all of one moment.
         */
        get: operations["get_overview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stream Events
         * @description What happens, while it happens: server-sent events `session` and `message`, and `reset` where facts between the
         *     last event seen and the oldest one kept are gone.
         */
        get: operations["stream_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Healthz
         * @description Whether every loop moves.
         */
        get: operations["healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Readyz
         * @description Whether all that is needed is there; a warning says what is wrong and keeps nobody from being answered.
         */
        get: operations["readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics
         * @description Prometheus' text format.
         */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * AlertRow
         * @description An episode that an operator was told of. It is open without `resolved_at`.
         */
        AlertRow: {
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /**
             * Kind
             * @enum {string}
             */
            kind: "session_down" | "session_silent" | "messages_waiting";
            /**
             * Session Id
             * Format: uuid
             */
            session_id: string;
            /**
             * Since
             * Format: date-time
             */
            since: string;
            /**
             * Raised At
             * Format: date-time
             */
            raised_at: string;
            /** Resolved At */
            resolved_at: string | null;
        };
        /**
         * Attempt
         * @description One attempt to send a message. `applied` is false where its outcome came too late to change the row.
         */
        Attempt: {
            /** Number */
            number: number;
            /** Session Id */
            session_id: string | null;
            /** Gateway */
            gateway: string | null;
            /** Recipient */
            recipient: string | null;
            /** Claimed At */
            claimed_at: string | null;
            /**
             * Started At
             * Format: date-time
             */
            started_at: string;
            /**
             * Finished At
             * Format: date-time
             */
            finished_at: string;
            /** Outcome */
            outcome: string;
            /** Http Status */
            http_status: number | null;
            /** Gateway Message Id */
            gateway_message_id: string | null;
            /** Answer */
            answer: string | null;
            /** Applied */
            applied: boolean;
        };
        /**
         * Badge
         * @description One word per look.
         * @enum {string}
         */
        Badge: "connected" | "silent" | "disconnected" | "connecting" | "scan_qr" | "cannot_verify" | "never_paired";
        /**
         * BadgeCounts
         * @description How many sessions have each badge.
         */
        BadgeCounts: {
            /** Connected */
            connected: number;
            /** Silent */
            silent: number;
            /** Disconnected */
            disconnected: number;
            /** Connecting */
            connecting: number;
            /** Scan Qr */
            scan_qr: number;
            /** Cannot Verify */
            cannot_verify: number;
            /** Never Paired */
            never_paired: number;
        };
        /**
         * BatchBody
         * @description Up to 1,000 messages.
         */
        BatchBody: {
            /** Messages */
            messages: components["schemas"]["NewMessage"][];
        };
        /**
         * BatchProgress
         * @description How far a batch is. `progress` is the share of the accepted ones that came to an end.
         */
        BatchProgress: {
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /**
             * Batch Id
             * Format: uuid
             */
            batch_id: string;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Created By */
            created_by: string;
            /** Total */
            total: number;
            /** Accepted */
            accepted: number;
            /** Refused */
            refused: number;
            /** Counts */
            counts: {
                [key: string]: number;
            };
            /** Unconfirmed */
            unconfirmed: number;
            /** Delivered */
            delivered: number;
            /** Read */
            read: number;
            /** Progress */
            progress: number;
            /** Finished */
            finished: boolean;
            /** Seconds Left */
            seconds_left: number | null;
        };
        /**
         * BatchResult
         * @description One message of a batch: its `id`, or the `error` that kept it out.
         */
        BatchResult: {
            /** Id */
            id?: string | null;
            error?: components["schemas"]["RefusedMessage"] | null;
        };
        /**
         * BulkRetryAnswer
         * @description What a bulk retry came to. `refused_by` counts by state, by `no_recipient`, and by `busy` for rows that somebody else
         *     was changing. With `dry_run`, what is matched and not refused would be retried.
         */
        BulkRetryAnswer: {
            /** Matched */
            matched: number;
            /** Retried */
            retried: number;
            /** Refused */
            refused: number;
            /** Refused By */
            refused_by: {
                [key: string]: number;
            };
            /** Dry Run */
            dry_run: boolean;
            /** More */
            more: boolean;
            /** Next Cursor */
            next_cursor: string | null;
        };
        /**
         * BulkRetryBody
         * @description `dry_run` counts and changes nothing. `cursor` is `next_cursor` of an answer with `more`.
         */
        BulkRetryBody: {
            /** Reason */
            reason?: string | null;
            /** Session Id */
            session_id?: string | null;
            /**
             * Force
             * @default false
             */
            force?: boolean;
            filter: components["schemas"]["RetryFilter"];
            /**
             * Dry Run
             * @default false
             */
            dry_run?: boolean;
            /** Cursor */
            cursor?: string | null;
        };
        /**
         * DeliveredBody
         * @description `at` is when it arrived, as far as the operator knows; now, if not given.
         */
        DeliveredBody: {
            /** Reason */
            reason?: string | null;
            /** At */
            at?: string | null;
        };
        /**
         * FieldProblem
         * @description What is wrong with one field, and what to write instead.
         */
        FieldProblem: {
            /** Field */
            field: string;
            /** Detail */
            detail: string;
        };
        /**
         * HistoryItem
         * @description A fact: what a session or message became, when, and by whom (`actor`, `reason`). A message's history has its
         *     attempts (`attempt.claimed`, `attempt.started`, `attempt.answered`) and what its gateway told (`gateway.…`) in
         *     between; those have no status.
         */
        HistoryItem: {
            /** Type */
            type: string;
            /** Status */
            status: string | null;
            /**
             * Occurred At
             * Format: date-time
             */
            occurred_at: string;
            /** Position */
            position: number | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * HistoryList
         * @description A page of history.
         */
        HistoryList: {
            /** Items */
            items: components["schemas"]["HistoryItem"][];
            /** Next Cursor */
            next_cursor: string | null;
        };
        /**
         * HourOfConfirmations
         * @description From the start of the attempt until the message was known to be sent, over the newest 200 of the hour; without those
         *     that a person has marked. `confirmed` are all that were sent in the hour.
         */
        HourOfConfirmations: {
            /**
             * Hour
             * Format: date-time
             */
            hour: string;
            /** Confirmed */
            confirmed: number;
            /** Median S */
            median_s: number | null;
            /** P95 S */
            p95_s: number | null;
        };
        /**
         * HourOfOutcomes
         * @description The messages on which the last word came in this hour (UTC).
         */
        HourOfOutcomes: {
            /**
             * Hour
             * Format: date-time
             */
            hour: string;
            /** Sent */
            sent: number;
            /** Failed */
            failed: number;
            /** Cancelled */
            cancelled: number;
            /** Unconfirmed */
            unconfirmed: number;
        };
        /**
         * Liveness
         * @description Whether every loop of the process moves; `stale` names those that stand still.
         */
        Liveness: {
            /** Alive */
            alive: boolean;
            /** Stale */
            stale: string[];
        };
        /**
         * MessageCounts
         * @description `pending`, `sending` and `unconfirmed` are the messages that are so now, up to 100,000 of each; `pending` has those
         *     that are not due yet, and `sending` none that are unconfirmed. `sent`, `failed` and `cancelled` are those that came to it
         *     in the window, by the last word on each: a message that failed and was sent by a retry is sent. What the CRM itself
         *     cancels or sends is not among them.
         */
        MessageCounts: {
            /** Pending */
            pending: number;
            /** Sending */
            sending: number;
            /** Unconfirmed */
            unconfirmed: number;
            /** Sent */
            sent: number;
            /** Failed */
            failed: number;
            /** Cancelled */
            cancelled: number;
        };
        /**
         * MessageDetail
         * @description A message with all that is known of it.
         */
        MessageDetail: {
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /**
             * Organization Id
             * Format: uuid
             */
            organization_id: string;
            /** Session Id */
            session_id: string | null;
            /** Recipient */
            recipient: string | null;
            /** Message Content */
            message_content: string;
            /** Media Url */
            media_url: string | null;
            /** Media Type */
            media_type: string | null;
            /**
             * Scheduled For
             * Format: date-time
             */
            scheduled_for: string;
            /** Status */
            status: string;
            /** Sent At */
            sent_at: string | null;
            /** Error Message */
            error_message: string | null;
            /** Vps Error */
            vps_error: string | null;
            /** Retry Count */
            retry_count: number | null;
            /** Next Attempt At */
            next_attempt_at: string | null;
            /** Attempt Started At */
            attempt_started_at: string | null;
            /** Gateway Message Id */
            gateway_message_id: string | null;
            /** Accepted At */
            accepted_at: string | null;
            /** Unconfirmed At */
            unconfirmed_at: string | null;
            /** Delivered At */
            delivered_at: string | null;
            /** Read At */
            read_at: string | null;
            /** Version */
            version: number;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Held Reason */
            held_reason: ("organization_not_enabled" | "before_adoption" | "no_session" | "no_recipient" | "session_down" | "backing_off" | "gateway_hold" | "restricted" | "silent" | "paused" | "cap_reached" | "quiet_hours" | "pace") | null;
            /** Held Until */
            held_until: string | null;
            /** Confirmed By */
            confirmed_by: ("http" | "callback" | "lookup" | "receipt" | "operator") | null;
            /** Max Attempts */
            max_attempts: number;
            /** Attempts */
            attempts: components["schemas"]["Attempt"][];
            /** History */
            history: components["schemas"]["HistoryItem"][];
            /** History Next Cursor */
            history_next_cursor: string | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * MessageFact
         * @description What became of a message. Topic whatsapp.message.events.v1.
         */
        MessageFact: {
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /**
             * Organization Id
             * Format: uuid
             */
            organization_id: string;
            /** Type */
            type: string;
            /** Status */
            status: string;
            /** Version */
            version: number;
            /**
             * Position
             * @default null
             */
            position?: number | null;
            /**
             * Occurred At
             * Format: date-time
             */
            occurred_at: string;
            /**
             * Session Id
             * @default null
             */
            session_id?: string | null;
            /**
             * Outcome
             * @default null
             */
            outcome?: string | null;
            /**
             * Retry Count
             * @default null
             */
            retry_count?: number | null;
            /**
             * Next Attempt At
             * @default null
             */
            next_attempt_at?: string | null;
            /**
             * Error Message
             * @default null
             */
            error_message?: string | null;
            /**
             * Correction
             * @default false
             */
            correction?: boolean;
            /**
             * Confirmed By
             * @default null
             */
            confirmed_by?: string | null;
            /**
             * Delivered At
             * @default null
             */
            delivered_at?: string | null;
            /**
             * Read At
             * @default null
             */
            read_at?: string | null;
            /**
             * Delivered To
             * @default null
             */
            delivered_to?: number | null;
            /**
             * Read By
             * @default null
             */
            read_by?: number | null;
            /**
             * Batch Id
             * @default null
             */
            batch_id?: string | null;
            /**
             * Actor
             * @default null
             */
            actor?: string | null;
            /**
             * Reason
             * @default null
             */
            reason?: string | null;
            /**
             * Traceparent
             * @description The trace that the fact is of, as the header of that name.
             */
            traceparent?: string;
        };
        /**
         * MessageList
         * @description A page of messages.
         */
        MessageList: {
            /** Items */
            items: components["schemas"]["MessageRow"][];
            /** Next Cursor */
            next_cursor: string | null;
        };
        /**
         * MessageRow
         * @description A message. `held_reason` says why it waits although its time has come, `held_until` how long if that is known.
         *     `confirmed_by` says how one that is sent is known to be; null where history does not reach back to it, or where the CRM
         *     has called it sent. After `max_attempts` that failed (`retry_count`) it fails for good.
         */
        MessageRow: {
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /**
             * Organization Id
             * Format: uuid
             */
            organization_id: string;
            /** Session Id */
            session_id: string | null;
            /** Recipient */
            recipient: string | null;
            /** Message Content */
            message_content: string;
            /** Media Url */
            media_url: string | null;
            /** Media Type */
            media_type: string | null;
            /**
             * Scheduled For
             * Format: date-time
             */
            scheduled_for: string;
            /** Status */
            status: string;
            /** Sent At */
            sent_at: string | null;
            /** Error Message */
            error_message: string | null;
            /** Vps Error */
            vps_error: string | null;
            /** Retry Count */
            retry_count: number | null;
            /** Next Attempt At */
            next_attempt_at: string | null;
            /** Attempt Started At */
            attempt_started_at: string | null;
            /** Gateway Message Id */
            gateway_message_id: string | null;
            /** Accepted At */
            accepted_at: string | null;
            /** Unconfirmed At */
            unconfirmed_at: string | null;
            /** Delivered At */
            delivered_at: string | null;
            /** Read At */
            read_at: string | null;
            /** Version */
            version: number;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /** Held Reason */
            held_reason: ("organization_not_enabled" | "before_adoption" | "no_session" | "no_recipient" | "session_down" | "backing_off" | "gateway_hold" | "restricted" | "silent" | "paused" | "cap_reached" | "quiet_hours" | "pace") | null;
            /** Held Until */
            held_until: string | null;
            /** Confirmed By */
            confirmed_by: ("http" | "callback" | "lookup" | "receipt" | "operator") | null;
            /** Max Attempts */
            max_attempts: number;
        } & {
            [key: string]: unknown;
        };
        /**
         * NewMessage
         * @description A message to be sent. Without `scheduled_for` it is due at once.
         */
        NewMessage: {
            /**
             * Session Id
             * Format: uuid
             */
            session_id: string;
            /**
             * Recipient
             * @description A phone number with its country code, or a group's id (…@g.us).
             */
            recipient: string;
            /** Media Url */
            media_url?: string | null;
            /** Media Type */
            media_type?: ("image" | "video" | "document") | null;
            /**
             * Message Content
             * @default
             */
            message_content?: string;
            /** Scheduled For */
            scheduled_for?: string | null;
            /** @description The CRM's own column, where its table has it; required where the table demands it. */
            group_id?: unknown;
            /** @description The CRM's own column, where its table has it; required where the table demands it. */
            message_type?: unknown;
            /** @description The CRM's own column, where its table has it; required where the table demands it. */
            workshop_id?: unknown;
        } & {
            [key: string]: unknown;
        };
        /**
         * NewSession
         * @description A session to be paired. Without `gateway` it is on the one named `default`, or on the only one that there is.
         */
        NewSession: {
            /** Display Name */
            display_name?: string | null;
            /** Gateway */
            gateway?: string | null;
        };
        /**
         * Overview
         * @description An organization at a glance, all of the moment `as_of`. The window begins with the full hour (UTC) `since`. `uptime`
         *     has the first 1,000 sessions by id, `queues` the 1,000 that wait longest, `alerts` the open ones and those that ended in
         *     the window, up to 200. `webhooks` has the gateways that the organization's sessions are on.
         */
        Overview: {
            /**
             * As Of
             * Format: date-time
             */
            as_of: string;
            /**
             * Since
             * Format: date-time
             */
            since: string;
            /** Hours */
            hours: number;
            sessions: components["schemas"]["BadgeCounts"];
            messages: components["schemas"]["MessageCounts"];
            /** Outcomes */
            outcomes: components["schemas"]["HourOfOutcomes"][];
            /** Time To Confirm */
            time_to_confirm: components["schemas"]["HourOfConfirmations"][];
            /** Queues */
            queues: components["schemas"]["WaitingQueue"][];
            /** Uptime */
            uptime: components["schemas"]["SessionUptime"][];
            /** Alerts */
            alerts: components["schemas"]["AlertRow"][];
            /** Webhooks */
            webhooks: components["schemas"]["WebhooksOfGateway"][];
        };
        /**
         * PaceBody
         * @description All of a session's pace: what is left out is as if it had never been said. Caps count by hour and by day of
         *     `time_zone`, or of the quiet hours' zone, else of UTC.
         */
        PaceBody: {
            /** Min Interval Ms */
            min_interval_ms?: number | null;
            /** Jitter Ms */
            jitter_ms?: number | null;
            /** Hourly Cap */
            hourly_cap?: number | null;
            /** Daily Cap */
            daily_cap?: number | null;
            quiet_hours?: components["schemas"]["QuietHours"] | null;
            /** Time Zone */
            time_zone?: string | null;
        };
        /**
         * PairingAnswer
         * @description What the gateway shows of a session; `detail` is in its words. `status` is `cannot_tell` where it did not answer.
         *
         *     `qr_expires_at` is when a new code comes: as the gateway tells it, or about so, by how long its codes live; null where
         *     neither is known. `pairing_code` is there once it was asked for; `offers_pairing_code` is whether it can be.
         */
        PairingAnswer: {
            /**
             * Session Id
             * Format: uuid
             */
            session_id: string;
            /**
             * Status
             * @enum {string}
             */
            status: "connected" | "disconnected" | "connecting" | "qr_pending" | "cannot_tell";
            /** Qr */
            qr: string | null;
            /** Qr Expires At */
            qr_expires_at: string | null;
            /** Pairing Code */
            pairing_code: string | null;
            /** Offers Pairing Code */
            offers_pairing_code: boolean;
            /** Detail */
            detail: string | null;
        };
        /**
         * PostedBatch
         * @description What became of each message, in the order given.
         */
        PostedBatch: {
            /**
             * Batch Id
             * Format: uuid
             */
            batch_id: string;
            /** Results */
            results: components["schemas"]["BatchResult"][];
        };
        /**
         * Problem
         * @description An error (RFC 9457). `type` tells kinds apart, `detail` says what to do; it never repeats what was sent.
         */
        Problem: {
            /** Type */
            type: string;
            /**
             * Title
             * @description The status in words.
             */
            title: string;
            /** Status */
            status: number;
            /** Detail */
            detail: string;
            /**
             * Errors
             * @description Of a 422: every wrong field.
             * @default null
             */
            errors?: components["schemas"]["FieldProblem"][] | null;
            /**
             * Current
             * @description Of a 409: what the row is, where that is why.
             * @default null
             */
            current?: {
                [key: string]: unknown;
            } | null;
            /**
             * Trace Id
             * @description Of a 500: what the log has it under.
             * @default null
             */
            trace_id?: string | null;
        };
        /**
         * QuietHours
         * @description From when to when nothing is sent, by clocks in the zone; past midnight where `from` is later than `to`.
         */
        QuietHours: {
            /** From */
            from: string;
            /** To */
            to: string;
            /** Time Zone */
            time_zone: string;
        };
        /**
         * QuietHoursRow
         * @description From when to when nothing is sent.
         */
        QuietHoursRow: {
            /** From */
            from: string;
            /** To */
            to: string;
            /** Time Zone */
            time_zone: string;
        };
        /**
         * Readiness
         * @description Whether all that is needed is there; `problems` says of each missing part why, `warnings` what is wrong and keeps
         *     nobody from being answered.
         */
        Readiness: {
            /** Ready */
            ready: boolean;
            /** Problems */
            problems: {
                [key: string]: string;
            };
            /** Warnings */
            warnings: {
                [key: string]: string;
            };
        };
        /**
         * ReasonBody
         * @description Why, in the operator's words; kept in the history.
         */
        ReasonBody: {
            /** Reason */
            reason?: string | null;
        };
        /**
         * RefusedMessage
         * @description Why one message of a batch was not taken.
         */
        RefusedMessage: {
            /** Detail */
            detail: string;
            /** Errors */
            errors: components["schemas"]["FieldProblem"][];
        };
        /**
         * RefusedWebhook
         * @description One refused webhook; its body is not kept.
         */
        RefusedWebhook: {
            /**
             * Refused At
             * Format: date-time
             */
            refused_at: string;
            /** Gateway */
            gateway: string;
            /** Reason */
            reason: string;
            /** Sender Address */
            sender_address: string | null;
        };
        /**
         * RefusedWebhooks
         * @description How many webhooks were refused for one reason in the last day.
         */
        RefusedWebhooks: {
            /** Reason */
            reason: string;
            /** Refused */
            refused: number;
            /**
             * Since
             * Format: date-time
             */
            since: string;
            /**
             * Last At
             * Format: date-time
             */
            last_at: string;
        };
        /**
         * RetryBody
         * @description `session_id` sends it through another session. `force` is asked for where it may arrive twice.
         */
        RetryBody: {
            /** Reason */
            reason?: string | null;
            /** Session Id */
            session_id?: string | null;
            /**
             * Force
             * @default false
             */
            force?: boolean;
        };
        /**
         * RetryFilter
         * @description Which messages. Without `status` and `ids`: those that failed. Times: from is included, to is not.
         */
        RetryFilter: {
            /** Status */
            status?: ("pending" | "sending" | "sent" | "failed" | "cancelled") | null;
            /** Session Id */
            session_id?: string | null;
            /** Recipient */
            recipient?: string | null;
            /** Created From */
            created_from?: string | null;
            /** Created To */
            created_to?: string | null;
            /** Scheduled From */
            scheduled_from?: string | null;
            /** Scheduled To */
            scheduled_to?: string | null;
            /** Ids */
            ids?: string[] | null;
            /** Batch Id */
            batch_id?: string | null;
        };
        /**
         * SessionFact
         * @description What became of a session. Topic whatsapp.session.events.v1.
         *
         *     ``position`` orders all facts of all organisations and is the live stream's id; ``verifying`` and ``verified`` are
         *     notices without a position: they are not history. ``paired`` is false for a session that was never connected.
         *     ``previous_status`` and ``previously_verified_at`` are the row's status and ``last_verified_at`` before this change.
         */
        SessionFact: {
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /**
             * Organization Id
             * Format: uuid
             */
            organization_id: string;
            /** Type */
            type: string;
            /** Status */
            status: string;
            /** Version */
            version: number;
            /**
             * Position
             * @default null
             */
            position?: number | null;
            /**
             * Occurred At
             * Format: date-time
             */
            occurred_at: string;
            /**
             * Last Error
             * @default null
             */
            last_error?: string | null;
            /**
             * Last Error At
             * @default null
             */
            last_error_at?: string | null;
            /**
             * Last Verified At
             * @default null
             */
            last_verified_at?: string | null;
            /**
             * Phone Number
             * @default null
             */
            phone_number?: string | null;
            /**
             * Previous Status
             * @default null
             */
            previous_status?: string | null;
            /**
             * Previously Verified At
             * @default null
             */
            previously_verified_at?: string | null;
            /**
             * Paired
             * @default null
             */
            paired?: boolean | null;
            /**
             * Actor
             * @default null
             */
            actor?: string | null;
            /**
             * Reason
             * @default null
             */
            reason?: string | null;
            /**
             * Silent Since
             * @default null
             */
            silent_since?: string | null;
            /**
             * Traceparent
             * @description The trace that the fact is of, as the header of that name.
             */
            traceparent?: string;
        };
        /**
         * SessionList
         * @description A page of sessions.
         */
        SessionList: {
            /** Items */
            items: components["schemas"]["SessionRow"][];
            /** Next Cursor */
            next_cursor: string | null;
        };
        /**
         * SessionOrder
         * @description What was asked of a session's gateway was done. `status` is the row's, until the verifier has looked.
         */
        SessionOrder: {
            /**
             * Session Id
             * Format: uuid
             */
            session_id: string;
            /** Status */
            status: string;
            /** Qr Url */
            qr_url: string;
        };
        /**
         * SessionQueue
         * @description How a session may send, and whether it may now: `held_reason`, and `held_until` where that is known.
         */
        SessionQueue: {
            /**
             * Session Id
             * Format: uuid
             */
            session_id: string;
            /** Min Interval Ms */
            min_interval_ms: number | null;
            /** Jitter Ms */
            jitter_ms: number | null;
            /** Hourly Cap */
            hourly_cap: number | null;
            /** Daily Cap */
            daily_cap: number | null;
            /** Time Zone */
            time_zone: string | null;
            /** Started In Hour */
            started_in_hour: number;
            /** Started On Day */
            started_on_day: number;
            /** Paused At */
            paused_at: string | null;
            /** Paused By */
            paused_by: string | null;
            /** Pause Reason */
            pause_reason: string | null;
            /** Held Reason */
            held_reason: ("organization_not_enabled" | "before_adoption" | "no_session" | "no_recipient" | "session_down" | "backing_off" | "gateway_hold" | "restricted" | "silent" | "paused" | "cap_reached" | "quiet_hours" | "pace") | null;
            /** Held Until */
            held_until: string | null;
            /** Updated At */
            updated_at: string | null;
            /** Updated By */
            updated_by: string | null;
            quiet_hours: components["schemas"]["QuietHoursRow"] | null;
            /** Paused */
            paused: boolean;
        };
        /**
         * SessionRow
         * @description A session. `status` is the CRM's word, `badge` what to show for it. `silent_since`: nothing that it has sent from then
         *     on shows a sign of arrival, although its gateway calls it connected.
         */
        SessionRow: {
            /**
             * Id
             * Format: uuid
             */
            id: string;
            /**
             * Organization Id
             * Format: uuid
             */
            organization_id: string;
            /** Phone Number */
            phone_number: string | null;
            /** Display Name */
            display_name: string | null;
            /** Status */
            status: string;
            badge: components["schemas"]["Badge"];
            /** Verifying */
            verifying: boolean;
            /** Superseded By */
            superseded_by: string | null;
            /** Silent Since */
            silent_since: string | null;
            /** Gateway */
            gateway: string;
            /** Last Error */
            last_error: string | null;
            /** Last Error At */
            last_error_at: string | null;
            /** Last Verified At */
            last_verified_at: string | null;
            /** Connected At */
            connected_at: string | null;
            /** Last Active At */
            last_active_at: string | null;
            /**
             * Created At
             * Format: date-time
             */
            created_at: string;
            /**
             * Updated At
             * Format: date-time
             */
            updated_at: string;
            /** Version */
            version: number;
        };
        /**
         * SessionUptime
         * @description A session's strip from `since` to `as_of`, without gaps.
         */
        SessionUptime: {
            /**
             * Session Id
             * Format: uuid
             */
            session_id: string;
            /** Segments */
            segments: components["schemas"]["UptimeSegment"][];
        };
        /**
         * State
         * @description One stretch of a strip.
         * @enum {string}
         */
        State: "up" | "down" | "unknown";
        /**
         * UptimeSegment
         * @description A stretch of time: `up` where the session was connected, `down` where its gateway said otherwise or nothing got
         *     through, `unknown` where nobody could tell.
         */
        UptimeSegment: {
            /**
             * From
             * Format: date-time
             */
            from: string;
            /**
             * To
             * Format: date-time
             */
            to: string;
            state: components["schemas"]["State"];
        };
        /**
         * VerifyAnswer
         * @description Which sessions are being asked about, and which were just now.
         */
        VerifyAnswer: {
            /** Verifying */
            verifying: string[];
            /** Fresh */
            fresh: string[];
        };
        /**
         * VerifyRequest
         * @description Which sessions; without any, every one that is connected or connecting.
         */
        VerifyRequest: {
            /** Session Ids */
            session_ids?: string[] | null;
        };
        /**
         * WaitingQueue
         * @description A session with messages whose time has come: how many of them wait, up to 10,000, and since when. Without `held_reason`
         *     they are being sent one after another.
         */
        WaitingQueue: {
            /**
             * Session Id
             * Format: uuid
             */
            session_id: string;
            /** Waiting */
            waiting: number;
            /**
             * Oldest Due At
             * Format: date-time
             */
            oldest_due_at: string;
            /** Held Reason */
            held_reason: ("organization_not_enabled" | "before_adoption" | "no_session" | "no_recipient" | "session_down" | "backing_off" | "gateway_hold" | "restricted" | "silent" | "paused" | "cap_reached" | "quiet_hours" | "pace") | null;
            /** Held Until */
            held_until: string | null;
        };
        /**
         * WebhookHealth
         * @description How a gateway's webhooks arrive. `says` is the sentence to show first.
         */
        WebhookHealth: {
            /** Gateway */
            gateway: string;
            /** Says */
            says: string;
            /** Secret Configured */
            secret_configured: boolean;
            /** Accepted */
            accepted: number;
            /** Without Use */
            without_use: number;
            /** Last Accepted At */
            last_accepted_at: string | null;
            /** Refused */
            refused: components["schemas"]["RefusedWebhooks"][];
            /** Recent */
            recent: components["schemas"]["RefusedWebhook"][];
        };
        /**
         * WebhooksOfGateway
         * @description How a gateway's webhooks arrive: `says` is the sentence to show, `refused` how many were refused in the last day.
         */
        WebhooksOfGateway: {
            /** Gateway */
            gateway: string;
            /** Says */
            says: string;
            /** Secret Configured */
            secret_configured: boolean;
            /** Accepted */
            accepted: number;
            /** Without Use */
            without_use: number;
            /** Last Accepted At */
            last_accepted_at: string | null;
            /** Refused */
            refused: number;
        };
    };
    responses: never;
    parameters: {
        /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
        Organization: string;
    };
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    take_webhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example default */
                gateway: string;
            };
            cookie?: never;
        };
        /** @description As the gateway sends it. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "sessionId": "wa_5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                 *       "status": "connected",
                 *       "phone": "4915112345678",
                 *       "timestamp": "2026-03-01T09:00:05Z"
                 *     }
                 */
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The webhook is not a JSON object in UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This is not the webhook secret. The gateway must send what WEBHOOK_SECRET is here. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such row in your organization. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The webhook is larger than WEBHOOK_MAX_BYTES allows. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Kafka cannot be reached, so the webhook was not stored. Send it again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    health_of_webhooks: {
        parameters: {
            query?: never;
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path: {
                /** @example default */
                gateway: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How a gateway's webhooks arrive. `says` is the sentence to show first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "gateway": "default",
                     *       "says": "12 webhooks refused since 09:14 UTC: wrong secret",
                     *       "secret_configured": true,
                     *       "accepted": 4711,
                     *       "without_use": 12,
                     *       "last_accepted_at": "2026-03-01T09:00:00Z",
                     *       "refused": [
                     *         {
                     *           "reason": "wrong_secret",
                     *           "refused": 12,
                     *           "since": "2026-03-01T09:00:00Z",
                     *           "last_at": "2026-03-01T09:00:05Z"
                     *         }
                     *       ],
                     *       "recent": [
                     *         {
                     *           "refused_at": "2026-03-01T09:00:05Z",
                     *           "gateway": "default",
                     *           "reason": "wrong_secret",
                     *           "sender_address": "203.0.113.7"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["WebhookHealth"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such row in your organization. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_sessions: {
        parameters: {
            query?: {
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string | null;
            };
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of sessions. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                     *           "organization_id": "0d9f2f64-1b1e-4d6a-9a3c-7a5b6c4d3e33",
                     *           "phone_number": "4915112345678",
                     *           "display_name": "Reception",
                     *           "status": "disconnected",
                     *           "badge": "disconnected",
                     *           "verifying": false,
                     *           "superseded_by": null,
                     *           "silent_since": null,
                     *           "gateway": "default",
                     *           "last_error": "Logged out from the phone",
                     *           "last_error_at": "2026-03-01T09:00:05Z",
                     *           "last_verified_at": "2026-03-01T09:00:05Z",
                     *           "connected_at": "2026-02-01T08:00:00Z",
                     *           "last_active_at": "2026-03-01T09:00:00Z",
                     *           "created_at": "2026-01-01T08:00:00Z",
                     *           "updated_at": "2026-03-01T09:00:05Z",
                     *           "version": 7
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["SessionList"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_session: {
        parameters: {
            query?: never;
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "display_name": "Reception",
                 *       "gateway": "default"
                 *     }
                 */
                "application/json": components["schemas"]["NewSession"] | null;
            };
        };
        responses: {
            /**
             * @description A session. `status` is the CRM's word, `badge` what to show for it. `silent_since`: nothing that it has sent from then
             *     on shows a sign of arrival, although its gateway calls it connected.
             */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                     *       "organization_id": "0d9f2f64-1b1e-4d6a-9a3c-7a5b6c4d3e33",
                     *       "phone_number": null,
                     *       "display_name": "Reception",
                     *       "status": "disconnected",
                     *       "badge": "never_paired",
                     *       "verifying": false,
                     *       "superseded_by": null,
                     *       "silent_since": null,
                     *       "gateway": "default",
                     *       "last_error": null,
                     *       "last_error_at": null,
                     *       "last_verified_at": null,
                     *       "connected_at": null,
                     *       "last_active_at": null,
                     *       "created_at": "2026-03-01T09:00:05Z",
                     *       "updated_at": "2026-03-01T09:00:05Z",
                     *       "version": 0
                     *     }
                     */
                    "application/json": components["schemas"]["SessionRow"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. The body is not valid JSON (UTF-8, not compressed, at most 900 levels deep). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The CRM's own table demands created_by of a session: make it in the CRM. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1,000,000 bytes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verify_sessions: {
        parameters: {
            query?: never;
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "session_ids": [
                 *         "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11"
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["VerifyRequest"] | null;
            };
        };
        responses: {
            /** @description Which sessions are being asked about, and which were just now. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "verifying": [
                     *         "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11"
                     *       ],
                     *       "fresh": []
                     *     }
                     */
                    "application/json": components["schemas"]["VerifyAnswer"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. The body is not valid JSON (UTF-8, not compressed, at most 900 levels deep). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1,000,000 bytes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. Kafka cannot be reached, so nothing can be verified now. Nothing was changed; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_session: {
        parameters: {
            query?: never;
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path: {
                /** @example 5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11 */
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /**
             * @description A session. `status` is the CRM's word, `badge` what to show for it. `silent_since`: nothing that it has sent from then
             *     on shows a sign of arrival, although its gateway calls it connected.
             */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                     *       "organization_id": "0d9f2f64-1b1e-4d6a-9a3c-7a5b6c4d3e33",
                     *       "phone_number": "4915112345678",
                     *       "display_name": "Reception",
                     *       "status": "disconnected",
                     *       "badge": "disconnected",
                     *       "verifying": false,
                     *       "superseded_by": null,
                     *       "silent_since": null,
                     *       "gateway": "default",
                     *       "last_error": "Logged out from the phone",
                     *       "last_error_at": "2026-03-01T09:00:05Z",
                     *       "last_verified_at": "2026-03-01T09:00:05Z",
                     *       "connected_at": "2026-02-01T08:00:00Z",
                     *       "last_active_at": "2026-03-01T09:00:00Z",
                     *       "created_at": "2026-01-01T08:00:00Z",
                     *       "updated_at": "2026-03-01T09:00:05Z",
                     *       "version": 7
                     *     }
                     */
                    "application/json": components["schemas"]["SessionRow"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such row in your organization. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_session: {
        parameters: {
            query?: never;
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path: {
                /** @example 5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11 */
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No Content */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Send X-Organization-Id with the uuid of your organization. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such row in your organization. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This session was paired once, and its history is worth keeping. Disconnect it instead. Somebody else is changing this at the moment. Nothing was changed; try again. A rule of the CRM's own database refuses this change. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    verify_session: {
        parameters: {
            query?: never;
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path: {
                /** @example 5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11 */
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Which sessions are being asked about, and which were just now. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "verifying": [
                     *         "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11"
                     *       ],
                     *       "fresh": []
                     *     }
                     */
                    "application/json": components["schemas"]["VerifyAnswer"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such row in your organization. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. Kafka cannot be reached, so nothing can be verified now. Nothing was changed; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    session_history: {
        parameters: {
            query?: {
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string | null;
            };
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path: {
                /** @example 5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11 */
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of history. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                     *           "type": "session.disconnected",
                     *           "status": "disconnected",
                     *           "occurred_at": "2026-03-01T09:00:05Z",
                     *           "position": 1042,
                     *           "created_at": "2026-03-01T09:00:05Z",
                     *           "last_error": "Logged out from the phone",
                     *           "previous_status": "connected"
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["HistoryList"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such row in your organization. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    reconnect_session: {
        parameters: {
            query?: never;
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path: {
                /** @example 5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11 */
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "the phone is being replaced"
                 *     }
                 */
                "application/json": components["schemas"]["ReasonBody"] | null;
            };
        };
        responses: {
            /** @description What was asked of a session's gateway was done. `status` is the row's, until the verifier has looked. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "session_id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                     *       "status": "disconnected",
                     *       "qr_url": "/v1/sessions/5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11/qr"
                     *     }
                     */
                    "application/json": components["schemas"]["SessionOrder"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. The body is not valid JSON (UTF-8, not compressed, at most 900 levels deep). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such row in your organization. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This session's gateway, 'old', is not among the gateways that are configured here. Somebody asked this session's gateway less than 5 seconds ago. Wait for what comes of it. Somebody else is changing this at the moment. Nothing was changed; try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1,000,000 bytes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The gateway 'default' did not do it: Session is starting */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    disconnect_session: {
        parameters: {
            query?: never;
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path: {
                /** @example 5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11 */
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "the phone is being replaced"
                 *     }
                 */
                "application/json": components["schemas"]["ReasonBody"] | null;
            };
        };
        responses: {
            /** @description What was asked of a session's gateway was done. `status` is the row's, until the verifier has looked. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "session_id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                     *       "status": "connected",
                     *       "qr_url": "/v1/sessions/5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11/qr"
                     *     }
                     */
                    "application/json": components["schemas"]["SessionOrder"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. The body is not valid JSON (UTF-8, not compressed, at most 900 levels deep). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such row in your organization. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This session's gateway, 'old', is not among the gateways that are configured here. Somebody asked this session's gateway less than 5 seconds ago. Wait for what comes of it. Somebody else is changing this at the moment. Nothing was changed; try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1,000,000 bytes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The gateway 'default' did not do it: Session is starting */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    session_qr: {
        parameters: {
            query?: {
                /**
                 * @description Ask for a pairing code, to be typed into the phone of this number
                 * @example 4915123456789
                 */
                phone_number?: string | null;
            };
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path: {
                /** @example 5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11 */
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /**
             * @description What the gateway shows of a session; `detail` is in its words. `status` is `cannot_tell` where it did not answer.
             *
             *     `qr_expires_at` is when a new code comes: as the gateway tells it, or about so, by how long its codes live; null where
             *     neither is known. `pairing_code` is there once it was asked for; `offers_pairing_code` is whether it can be.
             */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "session_id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                     *       "status": "qr_pending",
                     *       "qr": "2@abcdefgh",
                     *       "qr_expires_at": "2026-03-01T09:00:05Z",
                     *       "pairing_code": null,
                     *       "offers_pairing_code": true,
                     *       "detail": null
                     *     }
                     */
                    "application/json": components["schemas"]["PairingAnswer"];
                    /**
                     * @example event: qr
                     *     data: {…}
                     *
                     *     event: connected
                     *     data: {…}
                     */
                    "text/event-stream": string;
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such row in your organization. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This session's gateway, 'old', is not among the gateways that are configured here. This session's gateway gives no pairing codes. Scan its QR code instead. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. Too many clients are on the live stream of this process; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pause_session: {
        parameters: {
            query?: never;
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path: {
                /** @example 5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11 */
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "the phone is being replaced"
                 *     }
                 */
                "application/json": components["schemas"]["ReasonBody"] | null;
            };
        };
        responses: {
            /** @description How a session may send, and whether it may now: `held_reason`, and `held_until` where that is known. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "min_interval_ms": 2000,
                     *       "jitter_ms": 1000,
                     *       "hourly_cap": 200,
                     *       "daily_cap": 1000,
                     *       "quiet_hours": {
                     *         "from": "22:00",
                     *         "to": "08:00",
                     *         "time_zone": "Europe/Berlin"
                     *       },
                     *       "session_id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                     *       "time_zone": "Europe/Berlin",
                     *       "started_in_hour": 12,
                     *       "started_on_day": 340,
                     *       "paused": true,
                     *       "paused_at": "2026-03-01T09:00:05Z",
                     *       "paused_by": "API key 1f0c9a2b",
                     *       "pause_reason": "the phone is being replaced",
                     *       "held_reason": "paused",
                     *       "held_until": null,
                     *       "updated_at": "2026-03-01T09:00:00Z",
                     *       "updated_by": "API key 1f0c9a2b"
                     *     }
                     */
                    "application/json": components["schemas"]["SessionQueue"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. The body is not valid JSON (UTF-8, not compressed, at most 900 levels deep). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such row in your organization. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1,000,000 bytes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resume_session: {
        parameters: {
            query?: never;
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path: {
                /** @example 5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11 */
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "the phone is being replaced"
                 *     }
                 */
                "application/json": components["schemas"]["ReasonBody"] | null;
            };
        };
        responses: {
            /** @description How a session may send, and whether it may now: `held_reason`, and `held_until` where that is known. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "min_interval_ms": 2000,
                     *       "jitter_ms": 1000,
                     *       "hourly_cap": 200,
                     *       "daily_cap": 1000,
                     *       "quiet_hours": {
                     *         "from": "22:00",
                     *         "to": "08:00",
                     *         "time_zone": "Europe/Berlin"
                     *       },
                     *       "session_id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                     *       "time_zone": "Europe/Berlin",
                     *       "started_in_hour": 12,
                     *       "started_on_day": 340,
                     *       "paused": false,
                     *       "paused_at": null,
                     *       "paused_by": null,
                     *       "pause_reason": null,
                     *       "held_reason": null,
                     *       "held_until": null,
                     *       "updated_at": "2026-03-01T09:00:00Z",
                     *       "updated_by": "API key 1f0c9a2b"
                     *     }
                     */
                    "application/json": components["schemas"]["SessionQueue"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. The body is not valid JSON (UTF-8, not compressed, at most 900 levels deep). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such row in your organization. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1,000,000 bytes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_pace: {
        parameters: {
            query?: never;
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path: {
                /** @example 5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11 */
                session_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How a session may send, and whether it may now: `held_reason`, and `held_until` where that is known. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "min_interval_ms": 2000,
                     *       "jitter_ms": 1000,
                     *       "hourly_cap": 200,
                     *       "daily_cap": 1000,
                     *       "quiet_hours": {
                     *         "from": "22:00",
                     *         "to": "08:00",
                     *         "time_zone": "Europe/Berlin"
                     *       },
                     *       "session_id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                     *       "time_zone": "Europe/Berlin",
                     *       "started_in_hour": 12,
                     *       "started_on_day": 340,
                     *       "paused": false,
                     *       "paused_at": null,
                     *       "paused_by": null,
                     *       "pause_reason": null,
                     *       "held_reason": null,
                     *       "held_until": null,
                     *       "updated_at": "2026-03-01T09:00:00Z",
                     *       "updated_by": "API key 1f0c9a2b"
                     *     }
                     */
                    "application/json": components["schemas"]["SessionQueue"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such row in your organization. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    set_pace: {
        parameters: {
            query?: never;
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path: {
                /** @example 5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11 */
                session_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "min_interval_ms": 2000,
                 *       "jitter_ms": 1000,
                 *       "hourly_cap": 200,
                 *       "daily_cap": 1000,
                 *       "quiet_hours": {
                 *         "from": "22:00",
                 *         "to": "08:00",
                 *         "time_zone": "Europe/Berlin"
                 *       }
                 *     }
                 */
                "application/json": components["schemas"]["PaceBody"];
            };
        };
        responses: {
            /** @description How a session may send, and whether it may now: `held_reason`, and `held_until` where that is known. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "min_interval_ms": 2000,
                     *       "jitter_ms": 1000,
                     *       "hourly_cap": 200,
                     *       "daily_cap": 1000,
                     *       "quiet_hours": {
                     *         "from": "22:00",
                     *         "to": "08:00",
                     *         "time_zone": "Europe/Berlin"
                     *       },
                     *       "session_id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                     *       "time_zone": "Europe/Berlin",
                     *       "started_in_hour": 12,
                     *       "started_on_day": 340,
                     *       "paused": false,
                     *       "paused_at": null,
                     *       "paused_by": null,
                     *       "pause_reason": null,
                     *       "held_reason": null,
                     *       "held_until": null,
                     *       "updated_at": "2026-03-01T09:00:00Z",
                     *       "updated_by": "API key 1f0c9a2b"
                     *     }
                     */
                    "application/json": components["schemas"]["SessionQueue"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. The body is not valid JSON (UTF-8, not compressed, at most 900 levels deep). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such row in your organization. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1,000,000 bytes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_batch: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to repeat */
                "idempotency-key"?: string | null;
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "messages": [
                 *         {
                 *           "session_id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                 *           "recipient": "+49 151 87654321",
                 *           "message_content": "Tomorrow at ten."
                 *         },
                 *         {
                 *           "session_id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                 *           "recipient": "120363000000000001@g.us",
                 *           "message_content": "Tomorrow at ten."
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["BatchBody"];
            };
        };
        responses: {
            /** @description What the same request was answered before. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "batch_id": "7c6b5a49-3827-4615-8f0e-9d8c7b6a5f66",
                     *       "results": [
                     *         {
                     *           "id": "b3d4b8e2-7c1a-4f60-8a8e-3f2f1f0e9c22"
                     *         },
                     *         {
                     *           "error": {
                     *             "detail": "session_id: must be a uuid",
                     *             "errors": [
                     *               {
                     *                 "field": "session_id",
                     *                 "detail": "must be a uuid"
                     *               }
                     *             ]
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["PostedBatch"];
                };
            };
            /** @description What became of each message, in the order given. */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "batch_id": "7c6b5a49-3827-4615-8f0e-9d8c7b6a5f66",
                     *       "results": [
                     *         {
                     *           "id": "b3d4b8e2-7c1a-4f60-8a8e-3f2f1f0e9c22"
                     *         },
                     *         {
                     *           "error": {
                     *             "detail": "session_id: must be a uuid",
                     *             "errors": [
                     *               {
                     *                 "field": "session_id",
                     *                 "detail": "must be a uuid"
                     *               }
                     *             ]
                     *           }
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["PostedBatch"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. The body is not valid JSON (UTF-8, not compressed, at most 900 levels deep). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request that used this Idempotency-Key is just being forgotten; try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1,000,000 bytes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_batch: {
        parameters: {
            query?: never;
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path: {
                /** @example 7c6b5a49-3827-4615-8f0e-9d8c7b6a5f66 */
                batch_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How far a batch is. `progress` is the share of the accepted ones that came to an end. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "7c6b5a49-3827-4615-8f0e-9d8c7b6a5f66",
                     *       "batch_id": "7c6b5a49-3827-4615-8f0e-9d8c7b6a5f66",
                     *       "created_at": "2026-03-01T09:00:00Z",
                     *       "created_by": "API key 1f0c9a2b",
                     *       "total": 400,
                     *       "accepted": 398,
                     *       "refused": 2,
                     *       "counts": {
                     *         "pending": 199,
                     *         "sending": 1,
                     *         "sent": 196,
                     *         "failed": 2,
                     *         "cancelled": 0
                     *       },
                     *       "unconfirmed": 1,
                     *       "delivered": 180,
                     *       "read": 42,
                     *       "progress": 0.4975,
                     *       "finished": false,
                     *       "seconds_left": 500
                     *     }
                     */
                    "application/json": components["schemas"]["BatchProgress"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such row in your organization. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retry_messages: {
        parameters: {
            query?: never;
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "filter": {
                 *         "status": "failed",
                 *         "session_id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11"
                 *       },
                 *       "dry_run": true
                 *     }
                 */
                "application/json": components["schemas"]["BulkRetryBody"];
            };
        };
        responses: {
            /**
             * @description What a bulk retry came to. `refused_by` counts by state, by `no_recipient`, and by `busy` for rows that somebody else
             *     was changing. With `dry_run`, what is matched and not refused would be retried.
             */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "matched": 12,
                     *       "retried": 0,
                     *       "refused": 1,
                     *       "refused_by": {
                     *         "no_recipient": 1
                     *       },
                     *       "dry_run": true,
                     *       "more": false,
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["BulkRetryAnswer"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. The body is not valid JSON (UTF-8, not compressed, at most 900 levels deep). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1,000,000 bytes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. Finding these messages takes too long. Narrow the filter, by status, created_from and created_to. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retry_message: {
        parameters: {
            query?: never;
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path: {
                /** @example b3d4b8e2-7c1a-4f60-8a8e-3f2f1f0e9c22 */
                message_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "session_id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                 *       "force": false
                 *     }
                 */
                "application/json": components["schemas"]["RetryBody"] | null;
            };
        };
        responses: {
            /**
             * @description A message. `held_reason` says why it waits although its time has come, `held_until` how long if that is known.
             *     `confirmed_by` says how one that is sent is known to be; null where history does not reach back to it, or where the CRM
             *     has called it sent. After `max_attempts` that failed (`retry_count`) it fails for good.
             */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "b3d4b8e2-7c1a-4f60-8a8e-3f2f1f0e9c22",
                     *       "organization_id": "0d9f2f64-1b1e-4d6a-9a3c-7a5b6c4d3e33",
                     *       "session_id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                     *       "recipient": "4915187654321",
                     *       "message_content": "Tomorrow at ten.",
                     *       "media_url": null,
                     *       "media_type": null,
                     *       "scheduled_for": "2026-03-01T09:00:00Z",
                     *       "status": "pending",
                     *       "sent_at": null,
                     *       "error_message": null,
                     *       "vps_error": null,
                     *       "retry_count": 0,
                     *       "next_attempt_at": "2026-03-01T09:00:05Z",
                     *       "attempt_started_at": null,
                     *       "gateway_message_id": null,
                     *       "accepted_at": null,
                     *       "unconfirmed_at": null,
                     *       "delivered_at": null,
                     *       "read_at": null,
                     *       "version": 1,
                     *       "created_at": "2026-03-01T09:00:00Z",
                     *       "held_reason": "session_down",
                     *       "held_until": null,
                     *       "confirmed_by": null,
                     *       "max_attempts": 3
                     *     }
                     */
                    "application/json": components["schemas"]["MessageRow"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. The body is not valid JSON (UTF-8, not compressed, at most 900 levels deep). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such row in your organization. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The message was sent. There is nothing to retry; post a new message to send it again. Somebody else is changing this at the moment. Nothing was changed; try again. A rule of the CRM's own database refuses this change. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1,000,000 bytes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancel_message: {
        parameters: {
            query?: never;
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path: {
                /** @example b3d4b8e2-7c1a-4f60-8a8e-3f2f1f0e9c22 */
                message_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "the phone is being replaced"
                 *     }
                 */
                "application/json": components["schemas"]["ReasonBody"] | null;
            };
        };
        responses: {
            /**
             * @description A message. `held_reason` says why it waits although its time has come, `held_until` how long if that is known.
             *     `confirmed_by` says how one that is sent is known to be; null where history does not reach back to it, or where the CRM
             *     has called it sent. After `max_attempts` that failed (`retry_count`) it fails for good.
             */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "b3d4b8e2-7c1a-4f60-8a8e-3f2f1f0e9c22",
                     *       "organization_id": "0d9f2f64-1b1e-4d6a-9a3c-7a5b6c4d3e33",
                     *       "session_id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                     *       "recipient": "4915187654321",
                     *       "message_content": "Tomorrow at ten.",
                     *       "media_url": null,
                     *       "media_type": null,
                     *       "scheduled_for": "2026-03-01T09:00:00Z",
                     *       "status": "cancelled",
                     *       "sent_at": null,
                     *       "error_message": null,
                     *       "vps_error": null,
                     *       "retry_count": 0,
                     *       "next_attempt_at": null,
                     *       "attempt_started_at": null,
                     *       "gateway_message_id": null,
                     *       "accepted_at": null,
                     *       "unconfirmed_at": null,
                     *       "delivered_at": null,
                     *       "read_at": null,
                     *       "version": 1,
                     *       "created_at": "2026-03-01T09:00:00Z",
                     *       "held_reason": null,
                     *       "held_until": null,
                     *       "confirmed_by": null,
                     *       "max_attempts": 3
                     *     }
                     */
                    "application/json": components["schemas"]["MessageRow"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. The body is not valid JSON (UTF-8, not compressed, at most 900 levels deep). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such row in your organization. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The message was sent. It cannot be called back. Somebody else is changing this at the moment. Nothing was changed; try again. A rule of the CRM's own database refuses this change. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1,000,000 bytes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    check_message: {
        parameters: {
            query?: never;
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path: {
                /** @example b3d4b8e2-7c1a-4f60-8a8e-3f2f1f0e9c22 */
                message_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "the phone is being replaced"
                 *     }
                 */
                "application/json": components["schemas"]["ReasonBody"] | null;
            };
        };
        responses: {
            /**
             * @description A message. `held_reason` says why it waits although its time has come, `held_until` how long if that is known.
             *     `confirmed_by` says how one that is sent is known to be; null where history does not reach back to it, or where the CRM
             *     has called it sent. After `max_attempts` that failed (`retry_count`) it fails for good.
             */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "b3d4b8e2-7c1a-4f60-8a8e-3f2f1f0e9c22",
                     *       "organization_id": "0d9f2f64-1b1e-4d6a-9a3c-7a5b6c4d3e33",
                     *       "session_id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                     *       "recipient": "4915187654321",
                     *       "message_content": "Tomorrow at ten.",
                     *       "media_url": null,
                     *       "media_type": null,
                     *       "scheduled_for": "2026-03-01T09:00:00Z",
                     *       "status": "sending",
                     *       "sent_at": null,
                     *       "error_message": null,
                     *       "vps_error": null,
                     *       "retry_count": 0,
                     *       "next_attempt_at": null,
                     *       "attempt_started_at": null,
                     *       "gateway_message_id": null,
                     *       "accepted_at": null,
                     *       "unconfirmed_at": "2026-03-01T09:00:05Z",
                     *       "delivered_at": null,
                     *       "read_at": null,
                     *       "version": 1,
                     *       "created_at": "2026-03-01T09:00:00Z",
                     *       "held_reason": "session_down",
                     *       "held_until": null,
                     *       "confirmed_by": null,
                     *       "max_attempts": 3
                     *     }
                     */
                    "application/json": components["schemas"]["MessageRow"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. The body is not valid JSON (UTF-8, not compressed, at most 900 levels deep). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such row in your organization. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The message was sent. There is no doubt to settle. Somebody else is changing this at the moment. Nothing was changed; try again. A rule of the CRM's own database refuses this change. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1,000,000 bytes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    mark_delivered: {
        parameters: {
            query?: never;
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path: {
                /** @example b3d4b8e2-7c1a-4f60-8a8e-3f2f1f0e9c22 */
                message_id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "at": "2026-03-01T09:00:05Z",
                 *       "reason": "the phone is being replaced"
                 *     }
                 */
                "application/json": components["schemas"]["DeliveredBody"] | null;
            };
        };
        responses: {
            /**
             * @description A message. `held_reason` says why it waits although its time has come, `held_until` how long if that is known.
             *     `confirmed_by` says how one that is sent is known to be; null where history does not reach back to it, or where the CRM
             *     has called it sent. After `max_attempts` that failed (`retry_count`) it fails for good.
             */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "b3d4b8e2-7c1a-4f60-8a8e-3f2f1f0e9c22",
                     *       "organization_id": "0d9f2f64-1b1e-4d6a-9a3c-7a5b6c4d3e33",
                     *       "session_id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                     *       "recipient": "4915187654321",
                     *       "message_content": "Tomorrow at ten.",
                     *       "media_url": null,
                     *       "media_type": null,
                     *       "scheduled_for": "2026-03-01T09:00:00Z",
                     *       "status": "sent",
                     *       "sent_at": "2026-03-01T09:00:05Z",
                     *       "error_message": null,
                     *       "vps_error": null,
                     *       "retry_count": 0,
                     *       "next_attempt_at": null,
                     *       "attempt_started_at": "2026-03-01T09:00:00Z",
                     *       "gateway_message_id": "3EB0A1B2C3",
                     *       "accepted_at": null,
                     *       "unconfirmed_at": null,
                     *       "delivered_at": "2026-03-01T09:00:05Z",
                     *       "read_at": null,
                     *       "version": 3,
                     *       "created_at": "2026-03-01T09:00:00Z",
                     *       "held_reason": null,
                     *       "held_until": null,
                     *       "confirmed_by": "operator",
                     *       "max_attempts": 3
                     *     }
                     */
                    "application/json": components["schemas"]["MessageRow"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. The body is not valid JSON (UTF-8, not compressed, at most 900 levels deep). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such row in your organization. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The message is marked as delivered already. Somebody else is changing this at the moment. Nothing was changed; try again. A rule of the CRM's own database refuses this change. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1,000,000 bytes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_messages: {
        parameters: {
            query?: {
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string | null;
                /** @description These messages only; may be repeated */
                id?: string[] | null;
                status?: ("pending" | "sending" | "sent" | "failed" | "cancelled") | null;
                /** @example 5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11 */
                session_id?: string | null;
                /** @example 7c6b5a49-3827-4615-8f0e-9d8c7b6a5f66 */
                batch_id?: string | null;
                recipient?: string | null;
                created_from?: string | null;
                created_to?: string | null;
                scheduled_from?: string | null;
                scheduled_to?: string | null;
                /** @description What the content or the recipient contains */
                q?: string | null;
            };
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of messages. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "b3d4b8e2-7c1a-4f60-8a8e-3f2f1f0e9c22",
                     *           "organization_id": "0d9f2f64-1b1e-4d6a-9a3c-7a5b6c4d3e33",
                     *           "session_id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                     *           "recipient": "4915187654321",
                     *           "message_content": "Tomorrow at ten.",
                     *           "media_url": null,
                     *           "media_type": null,
                     *           "scheduled_for": "2026-03-01T09:00:00Z",
                     *           "status": "sent",
                     *           "sent_at": "2026-03-01T09:00:05Z",
                     *           "error_message": null,
                     *           "vps_error": null,
                     *           "retry_count": 0,
                     *           "next_attempt_at": null,
                     *           "attempt_started_at": "2026-03-01T09:00:00Z",
                     *           "gateway_message_id": "3EB0A1B2C3",
                     *           "accepted_at": null,
                     *           "unconfirmed_at": null,
                     *           "delivered_at": null,
                     *           "read_at": null,
                     *           "version": 3,
                     *           "created_at": "2026-03-01T09:00:00Z",
                     *           "held_reason": null,
                     *           "held_until": null,
                     *           "confirmed_by": "http",
                     *           "max_attempts": 3
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["MessageList"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_message: {
        parameters: {
            query?: never;
            header?: {
                /** @description Makes the request safe to repeat */
                "idempotency-key"?: string | null;
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "session_id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                 *       "recipient": "+49 151 87654321",
                 *       "message_content": "Tomorrow at ten.",
                 *       "scheduled_for": "2026-03-01T09:00:00Z"
                 *     }
                 */
                "application/json": components["schemas"]["NewMessage"];
            };
        };
        responses: {
            /** @description The row that the same request has made before. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "b3d4b8e2-7c1a-4f60-8a8e-3f2f1f0e9c22",
                     *       "organization_id": "0d9f2f64-1b1e-4d6a-9a3c-7a5b6c4d3e33",
                     *       "session_id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                     *       "recipient": "4915187654321",
                     *       "message_content": "Tomorrow at ten.",
                     *       "media_url": null,
                     *       "media_type": null,
                     *       "scheduled_for": "2026-03-01T09:00:00Z",
                     *       "status": "pending",
                     *       "sent_at": null,
                     *       "error_message": null,
                     *       "vps_error": null,
                     *       "retry_count": 0,
                     *       "next_attempt_at": null,
                     *       "attempt_started_at": null,
                     *       "gateway_message_id": null,
                     *       "accepted_at": null,
                     *       "unconfirmed_at": null,
                     *       "delivered_at": null,
                     *       "read_at": null,
                     *       "version": 1,
                     *       "created_at": "2026-03-01T09:00:00Z",
                     *       "held_reason": "session_down",
                     *       "held_until": null,
                     *       "confirmed_by": null,
                     *       "max_attempts": 3
                     *     }
                     */
                    "application/json": components["schemas"]["MessageRow"];
                };
            };
            /**
             * @description A message. `held_reason` says why it waits although its time has come, `held_until` how long if that is known.
             *     `confirmed_by` says how one that is sent is known to be; null where history does not reach back to it, or where the CRM
             *     has called it sent. After `max_attempts` that failed (`retry_count`) it fails for good.
             */
            201: {
                headers: {
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "b3d4b8e2-7c1a-4f60-8a8e-3f2f1f0e9c22",
                     *       "organization_id": "0d9f2f64-1b1e-4d6a-9a3c-7a5b6c4d3e33",
                     *       "session_id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                     *       "recipient": "4915187654321",
                     *       "message_content": "Tomorrow at ten.",
                     *       "media_url": null,
                     *       "media_type": null,
                     *       "scheduled_for": "2026-03-01T09:00:00Z",
                     *       "status": "pending",
                     *       "sent_at": null,
                     *       "error_message": null,
                     *       "vps_error": null,
                     *       "retry_count": 0,
                     *       "next_attempt_at": null,
                     *       "attempt_started_at": null,
                     *       "gateway_message_id": null,
                     *       "accepted_at": null,
                     *       "unconfirmed_at": null,
                     *       "delivered_at": null,
                     *       "read_at": null,
                     *       "version": 1,
                     *       "created_at": "2026-03-01T09:00:00Z",
                     *       "held_reason": "session_down",
                     *       "held_until": null,
                     *       "confirmed_by": null,
                     *       "max_attempts": 3
                     *     }
                     */
                    "application/json": components["schemas"]["MessageRow"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. The body is not valid JSON (UTF-8, not compressed, at most 900 levels deep). */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The request that used this Idempotency-Key is just being forgotten; try again. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The message that this Idempotency-Key made is no longer there; take a new key to send it again. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1,000,000 bytes. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_message: {
        parameters: {
            query?: never;
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path: {
                /** @example b3d4b8e2-7c1a-4f60-8a8e-3f2f1f0e9c22 */
                message_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A message with all that is known of it. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "b3d4b8e2-7c1a-4f60-8a8e-3f2f1f0e9c22",
                     *       "organization_id": "0d9f2f64-1b1e-4d6a-9a3c-7a5b6c4d3e33",
                     *       "session_id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                     *       "recipient": "4915187654321",
                     *       "message_content": "Tomorrow at ten.",
                     *       "media_url": null,
                     *       "media_type": null,
                     *       "scheduled_for": "2026-03-01T09:00:00Z",
                     *       "status": "sent",
                     *       "sent_at": "2026-03-01T09:00:05Z",
                     *       "error_message": null,
                     *       "vps_error": null,
                     *       "retry_count": 0,
                     *       "next_attempt_at": null,
                     *       "attempt_started_at": "2026-03-01T09:00:00Z",
                     *       "gateway_message_id": "3EB0A1B2C3",
                     *       "accepted_at": null,
                     *       "unconfirmed_at": null,
                     *       "delivered_at": null,
                     *       "read_at": null,
                     *       "version": 3,
                     *       "created_at": "2026-03-01T09:00:00Z",
                     *       "held_reason": null,
                     *       "held_until": null,
                     *       "confirmed_by": "http",
                     *       "max_attempts": 3,
                     *       "attempts": [
                     *         {
                     *           "number": 1,
                     *           "session_id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                     *           "gateway": "default",
                     *           "recipient": "4915187654321",
                     *           "claimed_at": "2026-03-01T09:00:00Z",
                     *           "started_at": "2026-03-01T09:00:00Z",
                     *           "finished_at": "2026-03-01T09:00:05Z",
                     *           "outcome": "sent",
                     *           "http_status": 200,
                     *           "gateway_message_id": "3EB0A1B2C3",
                     *           "answer": null,
                     *           "applied": true
                     *         }
                     *       ],
                     *       "history": [
                     *         {
                     *           "id": "b3d4b8e2-7c1a-4f60-8a8e-3f2f1f0e9c22",
                     *           "type": "message.sent",
                     *           "status": "sent",
                     *           "occurred_at": "2026-03-01T09:00:05Z",
                     *           "position": 1043,
                     *           "created_at": "2026-03-01T09:00:05Z",
                     *           "confirmed_by": "http"
                     *         }
                     *       ],
                     *       "history_next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["MessageDetail"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such row in your organization. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    message_history: {
        parameters: {
            query?: {
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string | null;
            };
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path: {
                /** @example b3d4b8e2-7c1a-4f60-8a8e-3f2f1f0e9c22 */
                message_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of history. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "id": "b3d4b8e2-7c1a-4f60-8a8e-3f2f1f0e9c22",
                     *           "type": "message.sent",
                     *           "status": "sent",
                     *           "occurred_at": "2026-03-01T09:00:05Z",
                     *           "position": 1043,
                     *           "created_at": "2026-03-01T09:00:05Z",
                     *           "confirmed_by": "http"
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["HistoryList"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such row in your organization. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_overview: {
        parameters: {
            query?: {
                /** @description How far back, from the full hour that is so long ago */
                hours?: number;
            };
            header?: {
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /**
             * @description An organization at a glance, all of the moment `as_of`. The window begins with the full hour (UTC) `since`. `uptime`
             *     has the first 1,000 sessions by id, `queues` the 1,000 that wait longest, `alerts` the open ones and those that ended in
             *     the window, up to 200. `webhooks` has the gateways that the organization's sessions are on.
             */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "as_of": "2026-03-01T09:00:05Z",
                     *       "since": "2026-03-01T09:00:00Z",
                     *       "hours": 1,
                     *       "sessions": {
                     *         "connected": 3,
                     *         "silent": 0,
                     *         "disconnected": 1,
                     *         "connecting": 0,
                     *         "scan_qr": 0,
                     *         "cannot_verify": 1,
                     *         "never_paired": 0
                     *       },
                     *       "messages": {
                     *         "pending": 12,
                     *         "sending": 1,
                     *         "unconfirmed": 0,
                     *         "sent": 48,
                     *         "failed": 1,
                     *         "cancelled": 0
                     *       },
                     *       "outcomes": [
                     *         {
                     *           "hour": "2026-03-01T09:00:00Z",
                     *           "sent": 48,
                     *           "failed": 1,
                     *           "cancelled": 0,
                     *           "unconfirmed": 0
                     *         }
                     *       ],
                     *       "time_to_confirm": [
                     *         {
                     *           "hour": "2026-03-01T09:00:00Z",
                     *           "confirmed": 48,
                     *           "median_s": 0.4,
                     *           "p95_s": 2.1
                     *         }
                     *       ],
                     *       "queues": [
                     *         {
                     *           "session_id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                     *           "waiting": 12,
                     *           "oldest_due_at": "2026-03-01T09:00:00Z",
                     *           "held_reason": "session_down",
                     *           "held_until": null
                     *         }
                     *       ],
                     *       "uptime": [
                     *         {
                     *           "session_id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                     *           "segments": [
                     *             {
                     *               "from": "2026-03-01T09:00:00Z",
                     *               "to": "2026-03-01T09:00:05Z",
                     *               "state": "down"
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "alerts": [
                     *         {
                     *           "id": "9a1c6f0e-2d3b-4c5d-8e7f-1a2b3c4d5e44",
                     *           "kind": "session_down",
                     *           "session_id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11",
                     *           "since": "2026-03-01T09:00:00Z",
                     *           "raised_at": "2026-03-01T09:00:05Z",
                     *           "resolved_at": null
                     *         }
                     *       ],
                     *       "webhooks": [
                     *         {
                     *           "gateway": "default",
                     *           "says": "Webhooks arrive: the last one at 2026-03-01 09:00 UTC",
                     *           "secret_configured": true,
                     *           "accepted": 4711,
                     *           "without_use": 12,
                     *           "last_accepted_at": "2026-03-01T09:00:00Z",
                     *           "refused": 0
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Overview"];
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description session_id: must be a uuid */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. The overview takes too long; ask for fewer hours. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    stream_events: {
        parameters: {
            query?: {
                /**
                 * @description The `id` of the last event seen: what came after it is sent first. 0 for all that is kept.
                 * @example 1042
                 */
                last_event_id?: string | null;
            };
            header?: {
                /**
                 * @description The `id` of the last event seen: what came after it is sent first. 0 for all that is kept.
                 * @example 1042
                 */
                "Last-Event-ID"?: string | null;
                /** @description For whom, where neither key nor token says so: AUTH_MODE=none, or tokens without an organization. */
                "X-Organization-Id"?: components["parameters"]["Organization"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example retry: 2000
                     *     id: 1042
                     *
                     *     event: session
                     *     id: 1043
                     *     data: {"id": "5f0c2a9e-6f5e-4c1b-9a57-2f7f3a1c0d11", "type": "session.connected", "status": "connected", "position": 1043}
                     *
                     *     : keep-alive
                     */
                    "text/event-stream": string;
                };
            };
            /** @description Send X-Organization-Id with the uuid of your organization. Last-Event-ID must be the id of an event of this stream. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Send your API key as Authorization: Bearer <key>, or as X-API-Key. */
            401: {
                headers: {
                    "WWW-Authenticate"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description You do not belong to the organization of X-Organization-Id. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many wrong keys came from your address. Wait, and send the right one. */
            429: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something went wrong here. The log has it under this trace_id. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The database cannot be reached. Nothing was changed; try again. Too many clients are on the live stream of this process; try again. */
            503: {
                headers: {
                    /** @description Seconds until it makes sense to try again. */
                    "Retry-After"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    healthz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whether every loop of the process moves; `stale` names those that stand still. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "alive": true,
                     *       "stale": []
                     *     }
                     */
                    "application/json": components["schemas"]["Liveness"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Liveness"];
                };
            };
        };
    };
    readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /**
             * @description Whether all that is needed is there; `problems` says of each missing part why, `warnings` what is wrong and keeps
             *     nobody from being answered.
             */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "ready": true,
                     *       "problems": {},
                     *       "warnings": {}
                     *     }
                     */
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    /** @example truesend_records_published_total 42.0 */
                    "text/plain": string;
                };
            };
        };
    };
}
