package simkit

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Person is an invented person for the workloads.
type Person struct {
	First, Last, Company, City, State, Email string
}

// NewPerson draws a person from rng. n makes the address unique: the same n and the same draws give the same
// person. All addresses lie in the domains that RFC 2606 reserves for examples.
func NewPerson(rng *rand.Rand, n int64) Person {
	first := strings.Fields("Ada Ben Cai Dora Emil Fay Gus Hana Ivo June Kofi Lena Milo Nia Otto Pia Quin Rosa Sven Tara Uma Vito Wren Yara")
	last := strings.Fields("Alpha Berg Cole Duarte Engel Frost Grau Holm Ito Jansen Klein Lund Moreau Nowak Okoye Price Quist Ruiz Stone Tanaka Unger Voss Weber Young")
	company := []string{"Example Co", "Sample GmbH", "Placeholder Ltd", "Acme Example", ""}
	city := [][2]string{{"Springfield", "MA"}, {"Riverside", "CA"}, {"Durham", "NC"}, {"Portland", "OR"}, {"", ""}}
	domain := []string{"example.com", "example.net", "example.org"}
	where := city[rng.IntN(len(city))]
	p := Person{
		First: first[rng.IntN(len(first))], Last: last[rng.IntN(len(last))],
		Company: company[rng.IntN(len(company))], City: where[0], State: where[1],
	}
	p.Email = strings.ToLower(fmt.Sprintf("%s.%s.%d@%s", p.First, p.Last, n, domain[rng.IntN(len(domain))]))
	return p
}
