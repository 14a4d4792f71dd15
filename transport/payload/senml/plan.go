package senml

import "github.com/brinkml/brink/transport/payload"

// plan chooses the base unit, and whether one base name serves the whole pack.
func (c *call) plan() {
	if len(c.records) == 1 {
		return
	}
	c.planUnit()
	whole := nameCost(c.records)
	runs := 0
	for i := 0; i < len(c.records); {
		end := runEnd(c.records, i)
		runs += nameCost(c.records[i:end])
		i = end
	}
	c.runs = runs < whole
}

// planUnit takes the unit that most records have, if all have one: a record
// without would get it as well.
func (c *call) planUnit() {
	var units [16]struct {
		unit  string
		count int
	}
	best, known := 0, 0
next:
	for i := range c.records {
		_, u, _ := c.measure(&c.records[i]) // checked
		if u == "" {
			return
		}
		for k := range known {
			if units[k].unit == u {
				if units[k].count++; units[k].count > units[best].count {
					best = k
				}
				continue next
			}
		}
		if known < len(units) {
			units[known].unit, units[known].count = u, 1
			known++
		}
	}
	if units[best].count > 1 {
		c.baseUnit = units[best].unit
	}
}

// runEnd is where the run of records with the Base of record i ends.
func runEnd(records []payload.Record, i int) int {
	end := i + 1
	for end < len(records) && records[end].Base == records[i].Base {
		end++
	}
	return end
}

// nameCost is about how many bytes the names of records take with one base name.
func nameCost(records []payload.Record) int {
	const label = 7 // "n":"",
	cut := prefix(records)
	cost := 0
	if cut > 0 {
		cost = label + 1 + cut
	}
	for i := range records {
		if rest := len(records[i].Base) + len(records[i].Name) - cut; rest > 0 {
			cost += label + rest
		}
	}
	return cost
}

// prefix is how many bytes of their names all records have in common: the whole
// if they are the same, and otherwise up to a separator or the end of the first
// record's Base.
func prefix(records []payload.Record) int {
	first := &records[0]
	n := len(first.Base) + len(first.Name)
	same := true
	for i := range records[1:] {
		r := &records[i+1]
		same = same && len(r.Base)+len(r.Name) == len(first.Base)+len(first.Name)
		n = common(first, r, n)
	}
	if same && n == len(first.Base)+len(first.Name) {
		return n
	}
	for n > 0 && n != len(first.Base) && !separator(char(first, n-1)) {
		n--
	}
	return n
}

// common is how many of the first n bytes two names share.
func common(a, b *payload.Record, n int) int {
	if len(a.Base) == len(b.Base) && a.Base == b.Base { // nearly always
		k := len(a.Base)
		for most := min(n-k, len(b.Name)); k-len(a.Base) < most && a.Name[k-len(a.Base)] == b.Name[k-len(a.Base)]; k++ {
		}
		return min(k, n)
	}
	k := 0
	for most := min(n, len(b.Base)+len(b.Name)); k < most && char(a, k) == char(b, k); k++ {
	}
	return k
}

// char is a byte of a record's name.
func char(r *payload.Record, i int) byte {
	if i < len(r.Base) {
		return r.Base[i]
	}
	return r.Name[i-len(r.Base)]
}

// slice is a part of a record's name, in two pieces.
func slice(r *payload.Record, from, to int) [2]string {
	k := len(r.Base)
	return [2]string{r.Base[min(from, k):min(to, k)], r.Name[max(from-k, 0):max(to-k, 0)]}
}
