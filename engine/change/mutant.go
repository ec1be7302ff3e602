package change

// Mutant names a rule that the model test breaks to prove that it would notice. It has no effect but in a build with the tag "mutants".
type Mutant string

// The rules that can be broken.
const (
	ExclusiveWindow  Mutant = "exclusive window"
	NoSeenSet        Mutant = "no seen-set"
	MarkOwnClock     Mutant = "mark = own clock"
	MarkMovesMidScan Mutant = "mark moves mid-scan"
	NoClamp          Mutant = "no clamp to the provider's clock"
	OneScanDeletes   Mutant = "deletes after one scan"
	NotCut           Mutant = "a wider window is not cut to what is remembered"
)
