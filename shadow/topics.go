package shadow

import (
	"errors"
	"fmt"
	"strings"
)

const (
	maxThingName  = 128
	maxShadowName = 64
)

// topics of one shadow. A client that asks and listens needs seven of the
// service's eleven, which is below the eight that one SUBSCRIBE may carry.
type topics struct {
	prefix string // $aws/things/<thing>/shadow[/name/<name>]/
}

const (
	getTopic       = "get"
	getAccepted    = "get/accepted"
	getRejected    = "get/rejected"
	updateTopic    = "update"
	updateAccepted = "update/accepted"
	updateRejected = "update/rejected"
	updateDelta    = "update/delta"
	deleteTopic    = "delete"
	deleteAccepted = "delete/accepted"
	deleteRejected = "delete/rejected"
)

func newTopics(thing, name string) topics {
	prefix := "$aws/things/" + thing + "/shadow/"
	if name != "" {
		prefix += "name/" + name + "/"
	}
	return topics{prefix}
}

func (t topics) listen() []string {
	all := []string{getAccepted, getRejected, updateAccepted, updateRejected, updateDelta, deleteAccepted, deleteRejected}
	for i := range all {
		all[i] = t.prefix + all[i]
	}
	return all
}

// checkNames reports everything that is wrong with the names of a shadow.
func checkNames(thing, name string) error {
	var errs []error
	if thing == "" {
		errs = append(errs, errors.New("shadow: thing name is empty"))
	}
	if err := checkName("thing", thing, maxThingName); err != nil {
		errs = append(errs, err)
	}
	if err := checkName("shadow", name, maxShadowName); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func checkName(what, s string, limit int) error {
	bad := strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == ':' || r == '_' || r == '-')
	})
	switch {
	case bad >= 0:
		return fmt.Errorf("shadow: %s name %q has a character outside a-z, A-Z, 0-9, colon, underscore and hyphen", what, s)
	case len(s) > limit:
		return fmt.Errorf("shadow: %s name has %d characters; the limit is %d", what, len(s), limit)
	}
	return nil
}
