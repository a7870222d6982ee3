-- migrate:up
SET LOCAL lock_timeout = '1500ms';

-- Dead letters that somebody has replayed or dropped: Kafka can only forget records up to one, never one in the middle. The
-- record's own time tells it from another at the same place in a topic that was made anew.
CREATE TABLE IF NOT EXISTS truesend.dead_letters_done (
    topic text NOT NULL,
    kafka_partition integer NOT NULL,
    kafka_offset bigint NOT NULL,
    recorded_ms bigint NOT NULL,
    action text NOT NULL CHECK (action IN ('replayed', 'dropped')),
    done_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, kafka_partition, kafka_offset, recorded_ms)
);

CALL truesend.close_to_others();

-- migrate:down
SELECT 1;
