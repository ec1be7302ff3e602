package schedule

// names are the names of resources that entries have, each once.
type names struct {
	numbers map[string]int32
	all     []name
	free    []int32
}

type name struct {
	text string
	used int // entries that have it
}

// find is the number of a name; false if no entry has it.
func (n *names) find(text string) (int32, bool) {
	number, ok := n.numbers[text]
	return number, ok
}

func (n *names) text(number int32) string { return n.all[number].text }

// take is the number of a name for one more entry.
func (n *names) take(text string) int32 {
	number, ok := n.numbers[text]
	switch last := len(n.free) - 1; {
	case ok:
	case last >= 0:
		number, n.free = n.free[last], n.free[:last]
		n.all[number] = name{text: text}
	default:
		number = int32(len(n.all))
		n.all = append(n.all, name{text: text})
	}
	n.numbers[text] = number
	n.all[number].used++
	return number
}

// give says that an entry has a name no more.
func (n *names) give(number int32) {
	if n.all[number].used--; n.all[number].used > 0 {
		return
	}
	delete(n.numbers, n.all[number].text)
	n.all[number] = name{}
	n.free = append(n.free, number)
}
