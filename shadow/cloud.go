package shadow

import "encoding/json"

// cloud is what is known of the service's document, kept up from its messages.
// They may be lost, doubled and reordered: a full document is taken when it is
// newer, a change only when it follows on what is known, and whenever that
// fails stale says that a full document must be asked for.
type cloud struct {
	rules    Rules
	desired  json.RawMessage // nil without the section
	reported json.RawMessage
	version  int64  // of the document, or of the last one before it was deleted; 0 when no version was ever seen
	exists   bool   // false: no shadow, or nothing known yet
	newest   int64  // the highest version heard of
	stale    bool   // what is known is not, or may not be, what the service has
	changes  uint64 // counts what was taken, so that an answer can tell whether it was overtaken
}

// connected starts a new connection: whatever was missed, a full document
// tells.
func (c *cloud) connected() {
	c.newest, c.stale = c.version, true
}

// replace takes a full document.
func (c *cloud) replace(m message) {
	c.desired, c.reported = m.section(c.rules, "desired"), m.section(c.rules, "reported")
	c.version, c.exists, c.stale = m.version, true, m.version < c.newest
	c.changes++
}

// missing takes the news that there is no shadow. The version stays known, so
// that late messages of the deleted shadow are not taken for a new one.
func (c *cloud) missing(version int64) {
	*c = cloud{rules: c.rules, version: version, newest: version, changes: c.changes + 1}
}

// heard notes a version that some message carried.
func (c *cloud) heard(version int64) {
	c.newest = max(c.newest, version)
	c.stale = c.stale || c.newest > c.version
}

// document handles a full document. asked is what was known when it was asked
// for; nil when someone else did.
func (c *cloud) document(m message, asked *cloud) {
	authoritative := asked != nil && c.changes == asked.changes
	switch {
	case !isPatch(m.state) || m.version == 0:
		c.stale = true
	case authoritative:
		// Also when it is older than what was known: then the shadow was
		// deleted and made anew, and counts from 1 again.
		if c.newest == asked.newest || m.version < c.version {
			c.newest = m.version // what was heard of before asking is in it, or was not true
		}
		c.replace(m)
	case m.version > c.version:
		c.newest = max(c.newest, m.version)
		c.replace(m)
	}
}

// notFound handles the answer that there is no shadow, to a question asked when
// asked was known.
func (c *cloud) notFound(asked *cloud) {
	if c.changes != asked.changes {
		c.stale = true // something was heard since: ask again
		return
	}
	c.missing(c.version)
}

// accepted handles an accepted update. asked is what was known when it was sent;
// nil when someone else did.
func (c *cloud) accepted(m message, asked *cloud) {
	// A shadow that is made again goes on counting where the deleted one ended,
	// which nobody tells. Should someone else have made it a moment before, the
	// delta message of this very update does not agree.
	first := asked != nil && !c.exists && !c.stale && c.changes == asked.changes
	desired, reported := m.state.get([]byte("desired")), m.state.get([]byte("reported"))
	switch {
	case m.version == 0:
		c.stale = true
		return
	case m.version <= c.version:
		// Old news, unless the shadow was made anew and counts from 1 again.
		c.stale = c.stale || !c.exists
		return
	case m.version != c.version+1 && !first:
		c.heard(m.version)
		return
	case m.state.kind() == null:
		c.desired, c.reported = nil, nil
	case !isPatch(desired) || !isPatch(reported) || desired.kind() == absent && reported.kind() == absent:
		c.heard(m.version)
		return
	default:
		c.desired, c.reported = c.patched(c.desired, desired), c.patched(c.reported, reported)
	}
	c.version, c.exists = m.version, true
	c.newest = max(c.newest, m.version)
	c.stale = c.newest > c.version
	c.changes++
}

// isPatch says whether v may be a state or a section of one.
func isPatch(v value) bool {
	return v.kind() == absent || v.kind() == null || v.kind() == object
}

// patched applies a section's patch. Both were parsed before, so that there is
// no error.
func (c *cloud) patched(doc json.RawMessage, patch value) json.RawMessage {
	if patch.kind() == absent {
		return doc
	}
	next, err := c.rules.Merge(doc, patch.raw())
	if err != nil {
		return doc
	}
	return section(next)
}

// delta handles a delta message. It tells nothing that the accepted update does
// not, but one of the two may be lost.
func (c *cloud) delta(m message) {
	switch {
	case m.version == 0:
		c.stale = true
	case m.version > c.version:
		c.heard(m.version)
	case m.version < c.version:
		c.stale = c.stale || !c.exists
	case m.state.kind() == object:
		want, err := c.rules.Delta(c.desired, c.reported)
		if err == nil {
			want, err = c.rules.Diff(want, m.state.raw())
		}
		if err != nil || string(want) != "{}" {
			c.stale = true
		}
	}
}

// deleted handles an accepted deletion.
func (c *cloud) deleted(m message) {
	if m.version == 0 || m.version < c.version {
		c.stale = true // of an earlier life, or out of order: ask
		return
	}
	c.missing(m.version)
}
