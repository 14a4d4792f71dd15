package shadowtest

import (
	"encoding/json"
	"time"
)

// retention is how long the version of a deleted shadow is remembered: one made
// again within it counts on, a later one starts at 1.
const retention = 48 * time.Hour

// record is one shadow.
type record struct {
	desired, reported json.RawMessage // nil without the section
	metaDesired       any             // see stamp
	metaReported      any
	version           int64
	exists            bool
	deleted           time.Time
}

// sections is the state or the metadata of a document.
type sections struct {
	Desired  any `json:"desired,omitempty"`
	Reported any `json:"reported,omitempty"`
	Delta    any `json:"delta,omitempty"`
}

// snapshot is a whole document in an update/documents message.
type snapshot struct {
	State    sections `json:"state"`
	Metadata sections `json:"metadata"`
	Version  int64    `json:"version"`
}

func (r *record) state() sections {
	var s sections
	if r.desired != nil {
		s.Desired = r.desired
	}
	if r.reported != nil {
		s.Reported = r.reported
	}
	return s
}

func (r *record) snapshot() *snapshot {
	if r == nil || !r.exists {
		return nil
	}
	return &snapshot{r.state(), sections{Desired: r.metaDesired, Reported: r.metaReported}, r.version}
}

// section drops an empty section: one whose last field is deleted goes with it.
func section(doc json.RawMessage) json.RawMessage {
	if len(doc) == 0 || string(doc) == "{}" {
		return nil
	}
	return doc
}

// next is the record after an update. Nothing of r is changed.
func (s *Service) next(r *record, u update, now time.Time) (*record, error) {
	n := &record{exists: true, version: 1}
	if r != nil && (r.exists || now.Sub(r.deleted) < retention) {
		n.version = r.version + 1
	}
	if r != nil && r.exists && !u.clears {
		n.desired, n.metaDesired = r.desired, r.metaDesired
		n.reported, n.metaReported = r.reported, r.metaReported
	}
	var err error
	if n.desired, n.metaDesired, err = s.merged(n.desired, n.metaDesired, u.desired, now); err != nil {
		return nil, err
	}
	n.reported, n.metaReported, err = s.merged(n.reported, n.metaReported, u.reported, now)
	return n, err
}

func (s *Service) merged(doc json.RawMessage, meta any, patch json.RawMessage, now time.Time) (json.RawMessage, any, error) {
	if patch == nil {
		return doc, meta, nil
	}
	doc, err := s.merge(doc, patch)
	if doc = section(doc); doc == nil {
		return nil, nil, err
	}
	named := tree(patch)
	meta = restamp(meta, named, now.Unix())
	if empties(named) { // what is left empty is the rules' to keep or not
		meta = pick(meta, tree(doc))
	}
	return doc, meta, err
}
