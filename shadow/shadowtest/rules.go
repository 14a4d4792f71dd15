package shadowtest

import (
	"encoding/json"
)

// merge and delta are the only places where the rules of documents are chosen.

func (s *Service) merge(doc, patch json.RawMessage) (json.RawMessage, error) {
	return s.o.Rules.Merge(doc, patch)
}

// delta is nil when reported shows all that is desired.
func (s *Service) delta(r *record) json.RawMessage {
	d, err := s.o.Rules.Delta(r.desired, r.reported)
	if err != nil {
		panic("shadowtest: a stored section is invalid: " + err.Error())
	}
	return section(d)
}
