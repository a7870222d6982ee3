-- name: lead
-- Take or renew the leadership among relays: one publishes, the others stand by. The row stays locked to the end of the
-- transaction, so that positions are given by one at a time even when a leader slept past its lease.
UPDATE truesend.relay_state
SET leader = :leader, leader_until = clock_timestamp() + make_interval(secs => :lease_s)
WHERE leader IS NOT DISTINCT FROM :leader OR leader_until < clock_timestamp()
RETURNING last_position, published_position;
