package schedule

// index finds the first entry of an instance. It is a hash table with open addressing that holds nothing but numbers of entries, 8 bytes for an
// instance where a map of Go takes 40.
type index struct {
	of    *entries
	slots []int32 // 0 = free; a power of two of them, a quarter of which is free at least
	used  int
}

// get is the number of the first entry; 0 if there is none.
func (x *index) get(instance int64) int32 {
	if x.used == 0 {
		return 0
	}
	return x.slots[x.slot(instance)]
}

// set puts an entry of the instance in the place of its first one.
func (x *index) set(instance int64, number int32) {
	if 4*(x.used+1) > 3*len(x.slots) {
		x.grow()
	}
	i := x.slot(instance)
	if x.slots[i] == 0 {
		x.used++
	}
	x.slots[i] = number
}

// remove forgets an instance. Its entry must still be what it was.
func (x *index) remove(instance int64) {
	free := x.slot(instance)
	if x.slots[free] == 0 {
		return
	}
	x.used--
	// What follows moves up as far as it may, so that no search ends at a gap before what it looks for.
	for i := x.after(free); x.slots[i] != 0; i = x.after(i) {
		if home := x.home(x.of.at(x.slots[i]).instance); x.distance(home, i) >= x.distance(free, i) {
			x.slots[free], free = x.slots[i], i
		}
	}
	x.slots[free] = 0
}

// slot is where an instance is, or would be.
func (x *index) slot(instance int64) int {
	i := x.home(instance)
	for x.slots[i] != 0 && x.of.at(x.slots[i]).instance != instance {
		i = x.after(i)
	}
	return i
}

func (x *index) grow() {
	before := x.slots
	x.slots = make([]int32, max(16, 2*len(before)))
	for _, number := range before {
		if number != 0 {
			x.slots[x.slot(x.of.at(number).instance)] = number
		}
	}
}

func (x *index) home(instance int64) int { return int(mix(uint64(instance)) & uint64(len(x.slots)-1)) }
func (x *index) after(i int) int         { return (i + 1) & (len(x.slots) - 1) }

// distance is how far a search that begins at one slot goes to another.
func (x *index) distance(from, to int) int { return (to - from) & (len(x.slots) - 1) }
