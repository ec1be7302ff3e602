package javadate

// resolveWeekDate replaces a week year, with week and day of the week (else the first), by year, month
// and day. It answers false where strict reading refuses them.
func (f *fields) resolveWeekDate(strict bool) bool {
	week, dow := int32(1), int32(1)
	if f.has(weekOfYear) {
		week = f.value[weekOfYear]
	}
	if f.has(dayOfWeek) {
		dow = f.value[dayOfWeek]
	}
	if dow < 1 || dow > 7 {
		if strict {
			return false
		}
		week, dow = carryDays(week, dow)
	}
	var start fields
	if own, _ := f.local(); explode(own).value[era] == 0 {
		start.set(era, 0) // another field made it a year before Christ; Java counts this one so too
	}
	start.set(year, f.value[weekYear])
	start.set(weekOfYear, 1)
	start.set(dayOfWeek, 1)
	day, _ := start.day(byWeekOfYear, 0)
	day += int64(dow-1) + 7*(int64(week)-1)
	shown := explode(day * dayMillis)
	if strict && (shown.value[weekYear] != f.value[weekYear] || shown.value[weekOfYear] != week || shown.value[dayOfWeek] != dow) {
		return false
	}
	for _, k := range [...]field{era, year, month, dayOfMonth} {
		f.set(k, shown.value[k])
	}
	f.order[weekYear], f.value[weekOfYear] = 0, week
	return true
}

// carryDays brings a day of the week in ISO count (Monday = 1) that is out of range into the range by
// moving the week.
func carryDays(week, dow int32) (int32, int32) {
	if dow >= 8 {
		dow--
		week += dow / 7
		dow = dow%7 + 1
	} else {
		weeks := (7 - int64(dow)) / 7 // whole weeks below 1
		dow += int32(7 * weeks)
		week -= int32(weeks)
	}
	return week, isoDay(dow)
}
