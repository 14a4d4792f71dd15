package jpeg2000

import "sort"

// Progression orders (Table A.16): L layer, R resolution, C component, P position.
const (
	orderLRCP = iota
	orderRLCP
	orderRPCL
	orderPCRL
	orderCPRL
)

// place is a precinct's place in a progression. The position is a point of the reference grid.
type place struct {
	precinct  *precinct
	x, y      int
	index     int32
	comp, res uint8
}

// packets reads all packets of a tile, in their order (B.12).
func (d *decoder) packets(t *tile) error {
	r := packetReader{t: t, data: reader{b: t.data}, packed: reader{b: t.packed}, looks: &d.looks, spend: d.spend}
	places := t.places()
	changes := t.changes
	if changes == nil {
		changes = []progression{{order: t.order, resTo: 33, compTo: maxComponents, layerTo: t.layers}}
	}
	for _, g := range changes {
		if err := d.spend(len(places)); err != nil {
			return err
		}
		var some []place
		for _, p := range places {
			if int(p.res) >= g.resFrom && int(p.res) < g.resTo && int(p.comp) >= g.compFrom && int(p.comp) < g.compTo {
				some = append(some, p)
			}
		}
		sort.Sort(&sorter{some, g.order})
		if err := r.progress(some, g.order, min(g.layerTo, t.layers)); err != nil {
			return err
		}
	}
	for _, p := range places {
		if p.precinct.layers < t.layers {
			return FormatError("the progressions leave packets out")
		}
	}
	return nil
}

// places lists the precincts of a tile, with the point of the reference grid at which a progression by position
// comes to each: its upper left corner, or the edge of the tile where that cuts it (B.12.1.3 to B.12.1.5).
func (t *tile) places() []place {
	places := make([]place, 0, t.precincts)
	for ci := range t.comps {
		c := &t.comps[ci]
		for ri := range c.resolutions {
			r := &c.resolutions[ri]
			down := uint(c.coding.levels - ri)
			w := r.grid.w()
			for i := range r.partitions {
				x, y := r.grid.x0+i%w, r.grid.y0+i/w
				places = append(places, place{
					precinct: &r.partitions[i],
					x:        max(x<<(r.ppx+down)*c.comp.dx, t.area.x0),
					y:        max(y<<(r.ppy+down)*c.comp.dy, t.area.y0),
					index:    int32(i), comp: uint8(ci), res: uint8(ri),
				})
			}
		}
	}
	return places
}

// sorter puts places in the order of all that a progression goes through outside of layers, or between them.
type sorter struct {
	places []place
	order  uint8
}

func (s *sorter) Len() int      { return len(s.places) }
func (s *sorter) Swap(i, j int) { s.places[i], s.places[j] = s.places[j], s.places[i] }

func (s *sorter) Less(i, j int) bool {
	a, b := &s.places[i], &s.places[j]
	comp, res := int(a.comp)-int(b.comp), int(a.res)-int(b.res)
	spot := a.y - b.y
	if spot == 0 {
		spot = a.x - b.x
	}
	var keys [3]int
	switch s.order {
	case orderRPCL:
		keys = [3]int{res, spot, comp}
	case orderPCRL:
		keys = [3]int{spot, comp, res}
	case orderCPRL:
		keys = [3]int{comp, spot, res}
	default:
		keys = [3]int{res, comp, 0}
	}
	for _, k := range keys {
		if k != 0 {
			return k < 0
		}
	}
	return a.index < b.index
}

// progress reads the packets of the places, which are in order, of layers below a limit that have not been read yet.
func (r *packetReader) progress(places []place, order uint8, layers int) error {
	for len(places) > 0 {
		n := len(places) // over which layers are the outer loop
		switch order {
		case orderRLCP:
			first := places[0].res
			for n = 1; n < len(places) && places[n].res == first; n++ {
			}
		case orderRPCL, orderPCRL, orderCPRL:
			n = 1
		}
		from := layers
		for _, p := range places[:n] {
			from = min(from, p.precinct.layers)
		}
		for layer := from; layer < layers; layer++ {
			for _, p := range places[:n] {
				if p.precinct.layers > layer {
					continue
				}
				if err := r.packet(p); err != nil {
					return err
				}
			}
		}
		places = places[n:]
	}
	return nil
}
