package shadow

import "encoding/json"

// Rules are where services that speak the shadow protocol differ. The zero
// value is AWS IoT Core's.
type Rules struct {
	// EmptyIsAbsent makes an empty object mean the same as null: in a patch it
	// deletes, in a document the member counts as not there, and no result
	// holds one. The document or patch as a whole is excepted, and so is
	// everything inside arrays. It is the rule of the shadow manager of AWS IoT
	// Greengrass, which devices on a local network speak to; IoT Core keeps
	// empty objects.
	EmptyIsAbsent bool
}

// nulls is how a document is read under the rules.
func (r Rules) nulls() nulls {
	if r.EmptyIsAbsent {
		return dropNulls | emptyNull
	}
	return dropNulls
}

// Merge is [Merge] under the rules.
func (r Rules) Merge(doc, patch json.RawMessage) (json.RawMessage, error) {
	j := join{verb: merging}
	return j.documents(r, doc, patch, nil)
}

// Diff is [Diff] under the rules.
func (r Rules) Diff(old, new json.RawMessage) (json.RawMessage, error) {
	j := join{verb: diffing}
	return j.documents(r, old, new, nil)
}

// Delta is [Delta] under the rules.
func (r Rules) Delta(desired, reported json.RawMessage) (json.RawMessage, error) {
	j := join{verb: wanting}
	return j.documents(r, desired, reported, nil)
}

// Merge3 is [Merge3] under the rules.
func (r Rules) Merge3(base, local, remote json.RawMessage) (json.RawMessage, error) {
	j := join{verb: joining}
	return j.documents(r, local, remote, base)
}
