package strategies

import (
	"regexp"
	"strconv"
)

// The scale of a judge.
const (
	lowestScore  = 1
	highestScore = 10
)

// scoreForm is a number alone, with what models like to put around one: a label,
// quotes or emphasis, the scale, a full stop.
var scoreForm = regexp.MustCompile(`(?i)^[\s*_"'` + "`" + `]*(?:(?:overall )?(?:score|rating)[\s*_]*[:=][\s*_]*)?` +
	`([0-9]{1,2}(?:\.[0-9]+)?)[\s*_]*(?:(?:/|out of)\s*10)?[\s*_"'.` + "`" + `]*$`)

// readScore finds a judge's score in what it said; ok is false when it said
// anything but a number from 1 to 10. A text with a number somewhere in it is
// not a score: "between 3 and 8" would be read as 3.
func readScore(text string) (score float64, ok bool) {
	found := scoreForm.FindStringSubmatch(text)
	if found == nil {
		return 0, false
	}
	score, err := strconv.ParseFloat(found[1], 64)
	return score, err == nil && score >= lowestScore && score <= highestScore
}
