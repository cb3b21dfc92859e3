CREATE TABLE answer_proposals (
    "key" VARCHAR NOT NULL, topic VARCHAR NOT NULL, language VARCHAR NOT NULL, words JSON NOT NULL, answer_id VARCHAR,
    who VARCHAR NOT NULL, why TEXT NOT NULL, at {TIME} NOT NULL, CONSTRAINT pk_answer_proposals PRIMARY KEY ("key")
);
CREATE TABLE api_tokens (
    name VARCHAR NOT NULL, digest VARCHAR NOT NULL, scopes VARCHAR NOT NULL, made_by VARCHAR NOT NULL, made_at {TIME} NOT NULL,
    expires_at {TIME} NOT NULL, revoked_at {TIME}, used_at {TIME}, CONSTRAINT pk_api_tokens PRIMARY KEY (name),
    CONSTRAINT uq_api_tokens_digest UNIQUE (digest)
);
CREATE TABLE assistant_calls (
    id {ID} NOT NULL, day DATE NOT NULL, at {TIME} NOT NULL, who VARCHAR NOT NULL, task VARCHAR NOT NULL, characters INTEGER NOT NULL,
    CONSTRAINT pk_assistant_calls PRIMARY KEY (id)
);
CREATE INDEX ix_assistant_calls_day ON assistant_calls (day);
CREATE TABLE audit (
    id {ID} NOT NULL, at {TIME} NOT NULL, who VARCHAR NOT NULL, what VARCHAR NOT NULL, subject VARCHAR NOT NULL, why TEXT NOT NULL,
    why_mac VARCHAR, chain VARCHAR, CONSTRAINT pk_audit PRIMARY KEY (id)
);
CREATE INDEX ix_audit_at ON audit (at);
CREATE INDEX ix_audit_subject ON audit (subject);
CREATE TABLE billed_records (
    source VARCHAR NOT NULL, day DATE NOT NULL, resource VARCHAR NOT NULL, usd_millionths BIGINT NOT NULL,
    CONSTRAINT pk_billed_records PRIMARY KEY (source, day, resource)
);
CREATE TABLE collect_requests (
    source VARCHAR NOT NULL, who VARCHAR NOT NULL, at {TIME} NOT NULL, CONSTRAINT pk_collect_requests PRIMARY KEY (source)
);
CREATE TABLE cursors (
    source VARCHAR NOT NULL, cursor JSON, number INTEGER NOT NULL, updated_at {TIME} NOT NULL, quiet_since {TIME},
    CONSTRAINT pk_cursors PRIMARY KEY (source)
);
CREATE TABLE deletion_checks (
    source VARCHAR NOT NULL, day DATE NOT NULL, checked INTEGER NOT NULL, deleted INTEGER NOT NULL, unanswered INTEGER NOT NULL,
    CONSTRAINT pk_deletion_checks PRIMARY KEY (source, day)
);
CREATE TABLE gold_samples (
    number {SERIAL} NOT NULL, seed VARCHAR NOT NULL, "of" VARCHAR NOT NULL, until {TIME} NOT NULL, population INTEGER NOT NULL,
    who VARCHAR NOT NULL, at {TIME} NOT NULL, CONSTRAINT pk_gold_samples PRIMARY KEY (number)
);
CREATE TABLE incidents (
    incident_key VARCHAR NOT NULL, topic VARCHAR NOT NULL, place_key VARCHAR, first_at {TIME} NOT NULL, last_at {TIME} NOT NULL,
    CONSTRAINT pk_incidents PRIMARY KEY (incident_key)
);
CREATE INDEX ix_incidents_last_at ON incidents (last_at);
CREATE TABLE index_deletions (
    post_id VARCHAR NOT NULL, queued_at {TIME} NOT NULL, worker VARCHAR, until {TIME}, held_by VARCHAR, held_until {TIME},
    month VARCHAR, CONSTRAINT pk_index_deletions PRIMARY KEY (post_id)
);
CREATE TABLE known_answer_edits (
    id {ID} NOT NULL, answer_id VARCHAR NOT NULL, revision INTEGER NOT NULL, withdrawn BOOLEAN NOT NULL, content JSON NOT NULL,
    shipped VARCHAR, who VARCHAR NOT NULL, why TEXT NOT NULL, at {TIME} NOT NULL, CONSTRAINT pk_known_answer_edits PRIMARY KEY (id),
    CONSTRAINT uq_known_answer_edits_answer_id UNIQUE (answer_id, revision)
);
CREATE TABLE leases (
    name VARCHAR NOT NULL, holder VARCHAR NOT NULL, until {TIME} NOT NULL, CONSTRAINT pk_leases PRIMARY KEY (name)
);
CREATE TABLE marked_events (
    id {ID} NOT NULL, name VARCHAR NOT NULL, first_day DATE NOT NULL, last_day DATE NOT NULL, topic VARCHAR NOT NULL,
    district VARCHAR NOT NULL, revision INTEGER NOT NULL, changed_by VARCHAR NOT NULL, changed_at {TIME} NOT NULL,
    CONSTRAINT pk_marked_events PRIMARY KEY (id),
    CONSTRAINT uq_marked_events_identity UNIQUE (name, first_day, last_day, topic, district)
);
CREATE TABLE meta (
    name VARCHAR NOT NULL, value VARCHAR NOT NULL, CONSTRAINT pk_meta PRIMARY KEY (name)
);
CREATE TABLE outbox (
    id {ID} NOT NULL, kind VARCHAR NOT NULL, subject VARCHAR NOT NULL, receiver VARCHAR NOT NULL, channel VARCHAR NOT NULL,
    thread VARCHAR NOT NULL, state VARCHAR NOT NULL, attempt INTEGER NOT NULL, not_before {TIME}, worker VARCHAR, until {TIME},
    reason TEXT NOT NULL, message_id VARCHAR NOT NULL, data JSON NOT NULL, made_at {TIME} NOT NULL, changed_at {TIME} NOT NULL,
    CONSTRAINT pk_outbox PRIMARY KEY (id), CONSTRAINT uq_outbox_identity UNIQUE (kind, subject, receiver)
);
CREATE INDEX ix_outbox_receiver ON outbox (receiver);
CREATE INDEX ix_outbox_state ON outbox (kind, state);
CREATE INDEX ix_outbox_thread ON outbox (thread, receiver) WHERE state IN ('pending', 'sending', 'unknown') AND thread != '';
CREATE TABLE outbox_counters (
    kind VARCHAR NOT NULL, due INTEGER NOT NULL, CONSTRAINT pk_outbox_counters PRIMARY KEY (kind)
);
CREATE TABLE post_days (
    day VARCHAR NOT NULL, changes BIGINT NOT NULL
);
CREATE INDEX ix_post_days_day ON post_days (day);
CREATE TABLE prepaid_balances (
    source VARCHAR NOT NULL, day DATE NOT NULL, usd_millionths BIGINT NOT NULL, CONSTRAINT pk_prepaid_balances PRIMARY KEY (source)
);
CREATE TABLE profile_changes (
    id {ID} NOT NULL, profile VARCHAR NOT NULL, section VARCHAR NOT NULL, revision INTEGER NOT NULL, patch JSON NOT NULL,
    differences JSON NOT NULL, who VARCHAR NOT NULL, why TEXT NOT NULL, at {TIME} NOT NULL,
    CONSTRAINT pk_profile_changes PRIMARY KEY (id), CONSTRAINT uq_profile_changes_revision UNIQUE (profile, section, revision)
);
CREATE TABLE report_remarks (
    report VARCHAR NOT NULL, interval VARCHAR NOT NULL, text TEXT NOT NULL, language VARCHAR NOT NULL, who VARCHAR NOT NULL,
    at {TIME} NOT NULL, version INTEGER NOT NULL, CONSTRAINT pk_report_remarks PRIMARY KEY (report, interval)
);
CREATE TABLE report_requests (
    id VARCHAR NOT NULL, asked TEXT NOT NULL, language VARCHAR NOT NULL, typed JSON NOT NULL, asked_at {TIME} NOT NULL,
    state VARCHAR NOT NULL, attempt INTEGER NOT NULL, failure JSON NOT NULL, changed_at {TIME} NOT NULL,
    CONSTRAINT pk_report_requests PRIMARY KEY (id)
);
CREATE INDEX ix_report_requests_state ON report_requests (state);
CREATE TABLE runs (
    run_id VARCHAR NOT NULL, source VARCHAR NOT NULL, started_at {TIME} NOT NULL, ended_at {TIME}, outcome VARCHAR,
    cursor_number INTEGER NOT NULL, received INTEGER NOT NULL, stored INTEGER NOT NULL, duplicate INTEGER NOT NULL,
    updated INTEGER NOT NULL, returned INTEGER NOT NULL, objected INTEGER DEFAULT '0' NOT NULL, CONSTRAINT pk_runs PRIMARY KEY (run_id)
);
CREATE INDEX ix_runs_source ON runs (source, started_at);
CREATE TABLE saved_views (
    id VARCHAR NOT NULL, owner VARCHAR NOT NULL, page VARCHAR NOT NULL, name VARCHAR NOT NULL, "query" TEXT NOT NULL,
    shared BOOLEAN NOT NULL, made_at {TIME} NOT NULL, CONSTRAINT pk_saved_views PRIMARY KEY (id),
    CONSTRAINT uq_saved_views_name UNIQUE (owner, page, name)
);
CREATE TABLE sessions (
    id_hash VARCHAR NOT NULL, "user" VARCHAR NOT NULL, csrf VARCHAR NOT NULL, made_at {TIME} NOT NULL, seen_at {TIME} NOT NULL,
    CONSTRAINT pk_sessions PRIMARY KEY (id_hash)
);
CREATE INDEX ix_sessions_user ON sessions ("user");
CREATE TABLE spending (
    source VARCHAR NOT NULL, day DATE NOT NULL, requests BIGINT NOT NULL, usd_millionths BIGINT NOT NULL,
    CONSTRAINT pk_spending PRIMARY KEY (source, day)
);
CREATE TABLE subscriptions (
    id VARCHAR NOT NULL, owner VARCHAR NOT NULL, address VARCHAR, report VARCHAR NOT NULL, filter TEXT NOT NULL, every VARCHAR NOT NULL,
    weekday INTEGER NOT NULL, hour INTEGER NOT NULL, format VARCHAR NOT NULL, language VARCHAR NOT NULL, state VARCHAR NOT NULL,
    since {TIME} NOT NULL, CONSTRAINT pk_subscriptions PRIMARY KEY (id)
);
CREATE INDEX ix_subscriptions_owner ON subscriptions (owner);
CREATE TABLE suppressions (
    author VARCHAR NOT NULL, objects BOOLEAN NOT NULL, changed_at {TIME} NOT NULL, CONSTRAINT pk_suppressions PRIMARY KEY (author)
);
CREATE TABLE tombstones (
    post_id VARCHAR NOT NULL, source VARCHAR NOT NULL, run_id VARCHAR, reason VARCHAR NOT NULL, at {TIME} NOT NULL,
    CONSTRAINT pk_tombstones PRIMARY KEY (post_id)
);
CREATE INDEX ix_tombstones_run_id ON tombstones (run_id);
CREATE TABLE users (
    name VARCHAR NOT NULL, password_hash VARCHAR NOT NULL, role VARCHAR NOT NULL, made_at {TIME} NOT NULL, disabled BOOLEAN NOT NULL,
    mail VARCHAR, department VARCHAR, CONSTRAINT pk_users PRIMARY KEY (name)
);
CREATE TABLE warnings (
    id {ID} NOT NULL, kind VARCHAR NOT NULL, subject VARCHAR NOT NULL, started_at {TIME} NOT NULL, detected_at {TIME} NOT NULL,
    last_at {TIME} NOT NULL, ended_at {TIME}, people INTEGER NOT NULL, counted INTEGER NOT NULL, expected FLOAT NOT NULL,
    window_s INTEGER NOT NULL, score FLOAT NOT NULL, also JSON NOT NULL, shown JSON NOT NULL, example BOOLEAN NOT NULL,
    announced INTEGER NOT NULL, CONSTRAINT pk_warnings PRIMARY KEY (id),
    CONSTRAINT uq_warnings_identity UNIQUE (kind, subject, started_at)
);
CREATE INDEX ix_warnings_detected_at ON warnings (detected_at);
CREATE INDEX ix_warnings_open ON warnings (detected_at) WHERE ended_at IS NULL;
CREATE TABLE webhook_endpoints (
    endpoint VARCHAR NOT NULL, failures INTEGER NOT NULL, not_before {TIME}, stopped_at {TIME}, reason TEXT NOT NULL,
    CONSTRAINT pk_webhook_endpoints PRIMARY KEY (endpoint)
);
CREATE TABLE cases (
    case_key VARCHAR NOT NULL, incident_key VARCHAR NOT NULL, title VARCHAR NOT NULL, topic VARCHAR NOT NULL,
    department VARCHAR NOT NULL, priority INTEGER NOT NULL, priority_points JSON NOT NULL, priority_due BOOLEAN NOT NULL,
    reason VARCHAR NOT NULL, received_at {TIME} NOT NULL, due_at {TIME} NOT NULL, place VARCHAR, district VARCHAR, barrio VARCHAR,
    lat FLOAT, lon FLOAT, state VARCHAR NOT NULL, system VARCHAR NOT NULL, deliver_to VARCHAR NOT NULL, reference VARCHAR,
    external_status VARCHAR, replay BOOLEAN NOT NULL, assignee VARCHAR, merged_into VARCHAR, parent VARCHAR, vote_due BOOLEAN NOT NULL,
    topic_guess VARCHAR, kind VARCHAR, published BOOLEAN, month VARCHAR NOT NULL, source VARCHAR NOT NULL, sources JSON NOT NULL,
    posts INTEGER NOT NULL, authors INTEGER NOT NULL, forgotten INTEGER NOT NULL, version INTEGER NOT NULL, revision INTEGER NOT NULL,
    index_state VARCHAR NOT NULL, index_reason VARCHAR, index_worker VARCHAR, index_until {TIME}, in_engine BOOLEAN NOT NULL,
    CONSTRAINT pk_cases PRIMARY KEY (case_key), CONSTRAINT uq_cases_incident_key UNIQUE (incident_key),
    CONSTRAINT fk_cases_incident_key FOREIGN KEY(incident_key) REFERENCES incidents (incident_key)
);
CREATE INDEX ix_cases_assignee ON cases (assignee);
CREATE INDEX ix_cases_parent ON cases (parent);
CREATE INDEX ix_cases_priority_due ON cases (case_key) WHERE priority_due;
CREATE INDEX ix_cases_received_at ON cases (received_at);
CREATE INDEX ix_cases_state ON cases (state);
CREATE INDEX ix_cases_topic_guess ON cases (case_key) WHERE topic_guess IS NOT NULL;
CREATE INDEX ix_cases_unindexed ON cases (received_at) WHERE index_state = 'pending';
CREATE INDEX ix_cases_vote_due ON cases (case_key) WHERE vote_due;
CREATE INDEX ix_cases_without_kind ON cases (case_key) WHERE kind IS NULL;
CREATE TABLE gaps (
    id {ID} NOT NULL, source VARCHAR NOT NULL, run_id VARCHAR NOT NULL, stream VARCHAR NOT NULL, newer_than VARCHAR, older_than VARCHAR,
    reason VARCHAR NOT NULL, state VARCHAR NOT NULL, at {TIME} NOT NULL, closed_at {TIME}, closed_reason VARCHAR,
    CONSTRAINT pk_gaps PRIMARY KEY (id), CONSTRAINT fk_gaps_run_id FOREIGN KEY(run_id) REFERENCES runs (run_id)
);
CREATE TABLE outbox_items (
    kind VARCHAR NOT NULL, subject VARCHAR NOT NULL, what VARCHAR NOT NULL, message {NUMBER} NOT NULL,
    CONSTRAINT pk_outbox_items PRIMARY KEY (kind, subject, what),
    CONSTRAINT fk_outbox_items_message FOREIGN KEY(message) REFERENCES outbox (id)
);
CREATE INDEX ix_outbox_items_message ON outbox_items (message);
CREATE TABLE posts (
    post_id VARCHAR NOT NULL, source VARCHAR NOT NULL, run_id VARCHAR NOT NULL, kind VARCHAR NOT NULL, own BOOLEAN NOT NULL,
    author VARCHAR, text TEXT NOT NULL, text_version INTEGER NOT NULL, created_at {TIME} NOT NULL, received_at {TIME} NOT NULL,
    edited_at {TIME}, replayed_from {TIME}, network_language VARCHAR, thread VARCHAR, reply_to VARCHAR, style VARCHAR, likes BIGINT,
    shares BIGINT, replies BIGINT, views BIGINT, followers_band VARCHAR, lat FLOAT, lon FLOAT, service VARCHAR, month VARCHAR NOT NULL,
    state VARCHAR NOT NULL, state_reason VARCHAR, annotate_worker VARCHAR, annotate_until {TIME}, decision VARCHAR NOT NULL,
    decision_reason VARCHAR NOT NULL, decided_by VARCHAR, case_kind VARCHAR, case_kind_reason VARCHAR, offered_version INTEGER,
    version INTEGER NOT NULL, index_state VARCHAR NOT NULL, index_reason VARCHAR, index_worker VARCHAR, index_until {TIME},
    in_engine BOOLEAN NOT NULL, CONSTRAINT pk_posts PRIMARY KEY (post_id),
    CONSTRAINT fk_posts_run_id FOREIGN KEY(run_id) REFERENCES runs (run_id)
);
CREATE INDEX ix_posts_author ON posts (author);
CREATE INDEX ix_posts_created ON posts (created_at, post_id);
CREATE INDEX ix_posts_decision ON posts (decision, created_at);
CREATE INDEX ix_posts_pending ON posts (created_at) WHERE state = 'pending';
CREATE INDEX ix_posts_replayed ON posts (source) WHERE replayed_from IS NOT NULL;
CREATE INDEX ix_posts_run_id ON posts (run_id);
CREATE INDEX ix_posts_source ON posts (source, created_at);
CREATE INDEX ix_posts_steps ON posts (state, decision, index_state);
CREATE INDEX ix_posts_thread ON posts (thread);
CREATE INDEX ix_posts_unindexed ON posts (created_at) WHERE index_state = 'pending';
CREATE INDEX ix_posts_untriaged ON posts (created_at) WHERE state = 'classified' AND decision = 'untriaged';
CREATE INDEX ix_posts_without_kind ON posts (post_id) WHERE case_kind_reason IS NULL AND decision <> 'untriaged';
CREATE TABLE rejects (
    id {ID} NOT NULL, run_id VARCHAR NOT NULL, source VARCHAR NOT NULL, place VARCHAR NOT NULL, size BIGINT NOT NULL,
    digest VARCHAR NOT NULL, reason VARCHAR NOT NULL, at {TIME} NOT NULL, CONSTRAINT pk_rejects PRIMARY KEY (id),
    CONSTRAINT fk_rejects_run_id FOREIGN KEY(run_id) REFERENCES runs (run_id)
);
CREATE INDEX ix_rejects_run_id ON rejects (run_id);
CREATE TABLE view_alerts (
    id {ID} NOT NULL, "view" VARCHAR NOT NULL, owner VARCHAR NOT NULL, channel VARCHAR NOT NULL, hour INTEGER, paused BOOLEAN NOT NULL,
    digest_day VARCHAR NOT NULL, made_at {TIME} NOT NULL, CONSTRAINT pk_view_alerts PRIMARY KEY (id),
    CONSTRAINT uq_view_alerts_owner UNIQUE ("view", owner),
    CONSTRAINT fk_view_alerts_view FOREIGN KEY("view") REFERENCES saved_views (id)
);
CREATE TABLE warning_notices (
    id {ID} NOT NULL, warning {NUMBER} NOT NULL, sequence INTEGER NOT NULL, change VARCHAR NOT NULL, people INTEGER NOT NULL,
    at {TIME} NOT NULL, CONSTRAINT pk_warning_notices PRIMARY KEY (id), CONSTRAINT uq_warning_notices_order UNIQUE (warning, sequence),
    CONSTRAINT fk_warning_notices_warning FOREIGN KEY(warning) REFERENCES warnings (id)
);
CREATE TABLE annotations (
    post_id VARCHAR NOT NULL, text_version INTEGER NOT NULL, embedding {BYTES} NOT NULL, labels TEXT NOT NULL, model VARCHAR NOT NULL,
    truncated BOOLEAN NOT NULL, annotated_at {TIME} NOT NULL, CONSTRAINT pk_annotations PRIMARY KEY (post_id),
    CONSTRAINT fk_annotations_post_id FOREIGN KEY(post_id) REFERENCES posts (post_id)
);
CREATE INDEX ix_annotations_model ON annotations (model);
CREATE TABLE answer_checks (
    post_id VARCHAR NOT NULL, revision VARCHAR NOT NULL, at {TIME} NOT NULL, repeats VARCHAR,
    CONSTRAINT pk_answer_checks PRIMARY KEY (post_id),
    CONSTRAINT fk_answer_checks_post_id FOREIGN KEY(post_id) REFERENCES posts (post_id)
);
CREATE INDEX ix_answer_checks_repeats ON answer_checks (repeats) WHERE repeats IS NOT NULL;
CREATE TABLE answers (
    "key" VARCHAR NOT NULL, batch VARCHAR NOT NULL, case_key VARCHAR, post_id VARCHAR NOT NULL, channel VARCHAR NOT NULL,
    language VARCHAR NOT NULL, text TEXT NOT NULL, origin VARCHAR NOT NULL, state VARCHAR NOT NULL, who VARCHAR NOT NULL,
    at {TIME} NOT NULL, approved_by VARCHAR, approved_at {TIME}, given_at {TIME}, url TEXT, reason TEXT NOT NULL, worker VARCHAR,
    until {TIME}, not_before {TIME}, attempt INTEGER NOT NULL, asks BOOLEAN NOT NULL, acknowledges BOOLEAN NOT NULL,
    asks_solved BOOLEAN NOT NULL, CONSTRAINT pk_answers PRIMARY KEY ("key"), CONSTRAINT uq_answers_batch UNIQUE (batch, post_id),
    CONSTRAINT fk_answers_case_key FOREIGN KEY(case_key) REFERENCES cases (case_key)
);
CREATE INDEX ix_answers_case_key ON answers (case_key);
CREATE INDEX ix_answers_leaving ON answers (approved_at) WHERE state IN ('approved', 'sending', 'unknown');
CREATE INDEX ix_answers_post_id ON answers (post_id);
CREATE TABLE case_changes (
    id {ID} NOT NULL, case_key VARCHAR NOT NULL, what VARCHAR NOT NULL, who VARCHAR NOT NULL, why TEXT NOT NULL, at {TIME} NOT NULL,
    "before" JSON NOT NULL, "after" JSON NOT NULL, undone BOOLEAN NOT NULL, revision INTEGER NOT NULL,
    CONSTRAINT pk_case_changes PRIMARY KEY (id), CONSTRAINT fk_case_changes_case_key FOREIGN KEY(case_key) REFERENCES cases (case_key)
);
CREATE INDEX ix_case_changes_case_key ON case_changes (case_key);
CREATE TABLE case_events (
    id {ID} NOT NULL, event_id VARCHAR NOT NULL, case_key VARCHAR NOT NULL, name VARCHAR NOT NULL, sequence INTEGER NOT NULL,
    at {TIME} NOT NULL, data JSON NOT NULL, queued BOOLEAN NOT NULL, CONSTRAINT pk_case_events PRIMARY KEY (id),
    CONSTRAINT uq_case_events_event_id UNIQUE (event_id),
    CONSTRAINT fk_case_events_case_key FOREIGN KEY(case_key) REFERENCES cases (case_key)
);
CREATE INDEX ix_case_events_at ON case_events (at);
CREATE INDEX ix_case_events_unqueued ON case_events (id) WHERE NOT queued;
CREATE TABLE case_posts (
    post_id VARCHAR NOT NULL, case_key VARCHAR NOT NULL, CONSTRAINT pk_case_posts PRIMARY KEY (post_id),
    CONSTRAINT fk_case_posts_post_id FOREIGN KEY(post_id) REFERENCES posts (post_id),
    CONSTRAINT fk_case_posts_case_key FOREIGN KEY(case_key) REFERENCES cases (case_key)
);
CREATE INDEX ix_case_posts_case_key ON case_posts (case_key);
CREATE TABLE case_viewers (
    case_key VARCHAR NOT NULL, who VARCHAR NOT NULL, at {TIME} NOT NULL, CONSTRAINT pk_case_viewers PRIMARY KEY (case_key, who),
    CONSTRAINT fk_case_viewers_case_key FOREIGN KEY(case_key) REFERENCES cases (case_key)
);
CREATE TABLE case_watchers (
    case_key VARCHAR NOT NULL, who VARCHAR NOT NULL, at {TIME} NOT NULL, CONSTRAINT pk_case_watchers PRIMARY KEY (case_key, who),
    CONSTRAINT fk_case_watchers_case_key FOREIGN KEY(case_key) REFERENCES cases (case_key)
);
CREATE TABLE corrections (
    id {ID} NOT NULL, post_id VARCHAR NOT NULL, question VARCHAR NOT NULL, value JSON NOT NULL, who VARCHAR NOT NULL, why TEXT NOT NULL,
    at {TIME} NOT NULL, CONSTRAINT pk_corrections PRIMARY KEY (id),
    CONSTRAINT fk_corrections_post_id FOREIGN KEY(post_id) REFERENCES posts (post_id)
);
CREATE INDEX ix_corrections_post_id ON corrections (post_id);
CREATE TABLE deliveries (
    id {ID} NOT NULL, case_key VARCHAR NOT NULL, system VARCHAR NOT NULL, kind VARCHAR NOT NULL, note_key VARCHAR NOT NULL,
    state VARCHAR NOT NULL, reference VARCHAR, reason TEXT, worker VARCHAR, until {TIME}, attempt INTEGER NOT NULL, not_before {TIME},
    made_at {TIME} NOT NULL, changed_at {TIME} NOT NULL, CONSTRAINT pk_deliveries PRIMARY KEY (id),
    CONSTRAINT uq_deliveries_case UNIQUE (case_key, kind, note_key),
    CONSTRAINT fk_deliveries_case_key FOREIGN KEY(case_key) REFERENCES cases (case_key)
);
CREATE INDEX ix_deliveries_state ON deliveries (system, state);
CREATE UNIQUE INDEX uq_deliveries_reference ON deliveries (system, reference) WHERE kind = 'open';
CREATE TABLE gold_labels (
    sample INTEGER NOT NULL, post_id VARCHAR NOT NULL, who VARCHAR NOT NULL, answers JSON NOT NULL, skipped BOOLEAN NOT NULL,
    at {TIME} NOT NULL, CONSTRAINT pk_gold_labels PRIMARY KEY (sample, post_id, who),
    CONSTRAINT fk_gold_labels_sample FOREIGN KEY(sample) REFERENCES gold_samples (number),
    CONSTRAINT fk_gold_labels_post_id FOREIGN KEY(post_id) REFERENCES posts (post_id)
);
CREATE INDEX ix_gold_labels_post_id ON gold_labels (post_id);
CREATE TABLE gold_posts (
    sample INTEGER NOT NULL, post_id VARCHAR NOT NULL, place INTEGER NOT NULL, claimed_by VARCHAR, claimed_at {TIME},
    CONSTRAINT pk_gold_posts PRIMARY KEY (sample, post_id),
    CONSTRAINT fk_gold_posts_sample FOREIGN KEY(sample) REFERENCES gold_samples (number),
    CONSTRAINT fk_gold_posts_post_id FOREIGN KEY(post_id) REFERENCES posts (post_id)
);
CREATE INDEX ix_gold_posts_post_id ON gold_posts (post_id);
CREATE TABLE incident_posts (
    post_id VARCHAR NOT NULL, incident_key VARCHAR NOT NULL, who VARCHAR NOT NULL, probability FLOAT NOT NULL, at {TIME} NOT NULL,
    has_keys BOOLEAN NOT NULL, CONSTRAINT pk_incident_posts PRIMARY KEY (post_id),
    CONSTRAINT fk_incident_posts_post_id FOREIGN KEY(post_id) REFERENCES posts (post_id)
);
CREATE INDEX ix_incident_posts_incident_key ON incident_posts (incident_key);
CREATE INDEX ix_incident_posts_without_keys ON incident_posts (post_id) WHERE NOT has_keys;
CREATE TABLE incident_rulings (
    id {ID} NOT NULL, post_id VARCHAR NOT NULL, incident_key VARCHAR NOT NULL, same BOOLEAN NOT NULL, who VARCHAR NOT NULL,
    at {TIME} NOT NULL, CONSTRAINT pk_incident_rulings PRIMARY KEY (id),
    CONSTRAINT fk_incident_rulings_post_id FOREIGN KEY(post_id) REFERENCES posts (post_id)
);
CREATE INDEX ix_incident_rulings_post_id ON incident_rulings (post_id);
CREATE TABLE incident_suggestions (
    post_id VARCHAR NOT NULL, rank INTEGER NOT NULL, incident_key VARCHAR NOT NULL, probability FLOAT NOT NULL,
    CONSTRAINT pk_incident_suggestions PRIMARY KEY (post_id, rank),
    CONSTRAINT fk_incident_suggestions_post_id FOREIGN KEY(post_id) REFERENCES posts (post_id)
);
CREATE TABLE labels (
    post_id VARCHAR NOT NULL, model VARCHAR NOT NULL, language VARCHAR, sentiment VARCHAR, sentiment_score FLOAT, intent VARCHAR,
    intent_score FLOAT, topic VARCHAR, topic_score FLOAT, actionable BOOLEAN, actionable_score FLOAT, relevance BOOLEAN,
    relevance_score FLOAT, spam BOOLEAN, spam_score FLOAT, sensitive BOOLEAN, corrected JSON NOT NULL,
    confirmed JSON DEFAULT '[]' NOT NULL, topic_certainty FLOAT, actionable_certainty FLOAT, places TEXT NOT NULL, place VARCHAR,
    district VARCHAR, barrio VARCHAR, lat FLOAT, lon FLOAT, CONSTRAINT pk_labels PRIMARY KEY (post_id),
    CONSTRAINT fk_labels_post_id FOREIGN KEY(post_id) REFERENCES posts (post_id)
);
CREATE TABLE match_keys (
    "key" BIGINT NOT NULL, at FLOAT NOT NULL, post_id VARCHAR NOT NULL, CONSTRAINT pk_match_keys PRIMARY KEY ("key", at, post_id),
    CONSTRAINT fk_match_keys_post_id FOREIGN KEY(post_id) REFERENCES posts (post_id)
);
CREATE INDEX ix_match_keys_at ON match_keys (at);
CREATE INDEX ix_match_keys_post_id ON match_keys (post_id);
CREATE TABLE notes (
    id {ID} NOT NULL, case_key VARCHAR NOT NULL, who VARCHAR NOT NULL, text TEXT NOT NULL, at {TIME} NOT NULL, revision INTEGER,
    CONSTRAINT pk_notes PRIMARY KEY (id), CONSTRAINT fk_notes_case_key FOREIGN KEY(case_key) REFERENCES cases (case_key)
);
CREATE INDEX ix_notes_case_key ON notes (case_key);
CREATE TABLE origins (
    post_id VARCHAR NOT NULL, origin TEXT NOT NULL, source VARCHAR NOT NULL, seen_at {TIME} NOT NULL,
    CONSTRAINT pk_origins PRIMARY KEY (post_id), CONSTRAINT fk_origins_post_id FOREIGN KEY(post_id) REFERENCES posts (post_id)
);
CREATE INDEX ix_origins_seen ON origins (source, seen_at);
CREATE TABLE receipts (
    number VARCHAR NOT NULL, post_id VARCHAR NOT NULL, at {TIME} NOT NULL, said_topic VARCHAR,
    CONSTRAINT pk_receipts PRIMARY KEY (number), CONSTRAINT uq_receipts_post_id UNIQUE (post_id),
    CONSTRAINT fk_receipts_post_id FOREIGN KEY(post_id) REFERENCES posts (post_id)
);
CREATE TABLE sightings (
    case_key VARCHAR NOT NULL, browser VARCHAR NOT NULL, at {TIME} NOT NULL, CONSTRAINT pk_sightings PRIMARY KEY (case_key, browser),
    CONSTRAINT fk_sightings_case_key FOREIGN KEY(case_key) REFERENCES cases (case_key)
);
CREATE TABLE solved_votes (
    post_id VARCHAR NOT NULL, answer_key VARCHAR NOT NULL, case_key VARCHAR NOT NULL, solved BOOLEAN NOT NULL, at {TIME} NOT NULL,
    CONSTRAINT pk_solved_votes PRIMARY KEY (post_id),
    CONSTRAINT fk_solved_votes_case_key FOREIGN KEY(case_key) REFERENCES cases (case_key)
);
CREATE INDEX ix_solved_votes_case_key ON solved_votes (case_key);
CREATE TABLE transitions (
    id {ID} NOT NULL, case_key VARCHAR NOT NULL, state VARCHAR NOT NULL, at {TIME} NOT NULL, who VARCHAR NOT NULL, why TEXT NOT NULL,
    revision INTEGER, CONSTRAINT pk_transitions PRIMARY KEY (id),
    CONSTRAINT fk_transitions_case_key FOREIGN KEY(case_key) REFERENCES cases (case_key)
);
CREATE INDEX ix_transitions_case_key ON transitions (case_key);
CREATE TABLE view_messages (
    id {ID} NOT NULL, alert {NUMBER} NOT NULL, listed INTEGER NOT NULL, made_at {TIME} NOT NULL,
    CONSTRAINT pk_view_messages PRIMARY KEY (id), CONSTRAINT fk_view_messages_alert FOREIGN KEY(alert) REFERENCES view_alerts (id)
);
CREATE INDEX ix_view_messages_alert ON view_messages (alert);
CREATE TABLE warning_posts (
    warning {NUMBER} NOT NULL, post_id VARCHAR NOT NULL, CONSTRAINT pk_warning_posts PRIMARY KEY (warning, post_id),
    CONSTRAINT fk_warning_posts_warning FOREIGN KEY(warning) REFERENCES warnings (id),
    CONSTRAINT fk_warning_posts_post_id FOREIGN KEY(post_id) REFERENCES posts (post_id)
);
CREATE INDEX ix_warning_posts_post_id ON warning_posts (post_id);
CREATE TABLE contacts (
    number VARCHAR NOT NULL, address TEXT NOT NULL, address_hash VARCHAR NOT NULL, language VARCHAR NOT NULL, given_at {TIME} NOT NULL,
    confirmed_at {TIME}, after_step {NUMBER}, CONSTRAINT pk_contacts PRIMARY KEY (number),
    CONSTRAINT fk_contacts_number FOREIGN KEY(number) REFERENCES receipts (number)
);
CREATE INDEX ix_contacts_address_hash ON contacts (address_hash);
CREATE TABLE delivery_posts (
    delivery_id {NUMBER} NOT NULL, post_id VARCHAR NOT NULL, CONSTRAINT pk_delivery_posts PRIMARY KEY (delivery_id, post_id),
    CONSTRAINT fk_delivery_posts_delivery_id FOREIGN KEY(delivery_id) REFERENCES deliveries (id),
    CONSTRAINT fk_delivery_posts_post_id FOREIGN KEY(post_id) REFERENCES posts (post_id)
);
CREATE INDEX ix_delivery_posts_post_id ON delivery_posts (post_id);
CREATE TABLE view_matches (
    alert {NUMBER} NOT NULL, item VARCHAR NOT NULL, found_at {TIME} NOT NULL, waits BOOLEAN NOT NULL, message {NUMBER},
    CONSTRAINT pk_view_matches PRIMARY KEY (alert, item),
    CONSTRAINT fk_view_matches_alert FOREIGN KEY(alert) REFERENCES view_alerts (id),
    CONSTRAINT fk_view_matches_message FOREIGN KEY(message) REFERENCES view_messages (id)
);
CREATE INDEX ix_view_matches_item ON view_matches (item);
CREATE INDEX ix_view_matches_message ON view_matches (message);
CREATE INDEX ix_view_matches_waiting ON view_matches (alert) WHERE waits;
CREATE TABLE webhook_deliveries (
    event {NUMBER} NOT NULL, endpoint VARCHAR NOT NULL, case_key VARCHAR NOT NULL, state VARCHAR NOT NULL, attempt INTEGER NOT NULL,
    not_before {TIME}, worker VARCHAR, until {TIME}, reason TEXT NOT NULL, changed_at {TIME} NOT NULL,
    CONSTRAINT pk_webhook_deliveries PRIMARY KEY (event, endpoint),
    CONSTRAINT fk_webhook_deliveries_event FOREIGN KEY(event) REFERENCES case_events (id),
    CONSTRAINT fk_webhook_deliveries_case_key FOREIGN KEY(case_key) REFERENCES cases (case_key)
);
CREATE INDEX ix_webhook_deliveries_order ON webhook_deliveries (case_key, endpoint, event);
CREATE INDEX ix_webhook_deliveries_state ON webhook_deliveries (endpoint, state);
