package retail

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// The scenarios in testdata/scenarios are the rules as a shopkeeper reads them. A paragraph is a scenario; the remark at its
// head names it. What a paragraph without any "do" gives, all those below it in the file are given too.
//
//	given  what is so before, or was done
//	do     what somebody wants, then at least two spaces, and what becomes of it: ok, stale, or the reason of a refusal;
//	       after that what is answered, as name=value
//	at     +30m, or a day: the clock goes on
//	then   what must be so
//
// Indented lines belong to the line above. After every step the whole shop is audited.

// scenario is one paragraph of a file.
type scenario struct {
	file, title string
	steps       []step
}

// step is one line of a scenario, with what is indented below it.
type step struct {
	line                   int
	keyword, text, outcome string
	facts                  []string
	below                  []string
}

var (
	stepLine = regexp.MustCompile(`^(given|do|at|then)\s+(\S.*)$`)
	gap      = regexp.MustCompile(`\s{2,}`)
)

// readScenarios reads all files.
func readScenarios(t *testing.T) []scenario {
	t.Helper()
	files, err := filepath.Glob("testdata/scenarios/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no scenarios: %v", err)
	}
	var all []scenario
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, parseScenarios(t, file, string(text))...)
	}
	return all
}

func parseScenarios(t *testing.T, file, text string) []scenario {
	t.Helper()
	var all []scenario
	var scene []step
	current := scenario{file: filepath.Base(file)}
	end := func() {
		switch {
		case len(current.steps) == 0:
		case slices.ContainsFunc(current.steps, func(s step) bool { return s.keyword == "do" }):
			if current.title == "" {
				t.Fatalf("%s: the scenario that ends above line %d says nothing about itself", file, current.steps[0].line)
			}
			current.steps = append(slices.Clip(scene), current.steps...)
			all = append(all, current)
		default:
			scene = append(scene, current.steps...)
		}
		current = scenario{file: filepath.Base(file)}
	}
	for i, line := range strings.Split(text, "\n") {
		match := stepLine.FindStringSubmatch(line)
		switch trimmed := strings.TrimSpace(line); {
		case trimmed == "":
			end()
		case strings.HasPrefix(line, "#"):
			if len(current.steps) == 0 {
				current.title = strings.TrimSpace(current.title + " " + strings.TrimSpace(line[1:]))
			}
		case strings.HasPrefix(line, " ") && len(current.steps) > 0:
			last := &current.steps[len(current.steps)-1]
			last.below = append(last.below, trimmed)
		case match != nil:
			current.steps = append(current.steps, parseStep(i+1, match[1], strings.TrimSpace(match[2])))
		default:
			t.Fatalf("%s:%d: not a line of a scenario: %s", file, i+1, line)
		}
	}
	end()
	return all
}

func parseStep(line int, keyword, text string) step {
	s := step{line: line, keyword: keyword, text: text}
	if keyword == "do" {
		parts := gap.Split(text, 3)
		s.text = parts[0]
		if len(parts) > 1 {
			s.outcome = parts[1]
		}
		if len(parts) > 2 {
			s.facts = strings.Fields(parts[2])
		}
	}
	return s
}

func TestScenarios(t *testing.T) {
	for _, s := range readScenarios(t) {
		t.Run(strings.TrimSuffix(s.file, ".txt")+"/"+strings.TrimSuffix(s.title, "."), func(t *testing.T) { play(t, s) })
	}
}

// play tells a scenario from its beginning to its end.
func play(t *testing.T, s scenario) *story {
	t.Helper()
	story := newStory(t, s.file)
	for _, step := range s.steps {
		story.line = step.line
		switch step.keyword {
		case "given":
			story.given(step)
		case "do":
			story.do(step)
		case "at":
			story.at(step.text)
		case "then":
			story.then(step.text)
		}
		story.shop.audit(t)
	}
	return story
}

// chartLine is one posting of the chart in doc.go.
type chartLine struct{ kind, from, to string }

var (
	chartAct   = regexp.MustCompile(`^([A-Z]+)\b`)
	chartMove  = regexp.MustCompile(`(\S+) -> (\S+)`)
	chartBlank = regexp.MustCompile(`<[a-z]+>`)
)

// readChart reads the chart of postings. An act that posts nothing has a line without accounts.
func readChart(t *testing.T) []chartLine {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(file.Doc.Text(), "# The chart of postings\n")
	if !found {
		t.Fatal("doc.go has no chart of postings")
	}
	var chart []chartLine
	kind := ""
	for line := range strings.Lines(table) {
		line, inTable := strings.CutPrefix(line, "\t")
		if !inTable {
			if len(chart) > 0 {
				break
			}
			continue
		}
		if act := chartAct.FindString(line); act != "" {
			kind = act
		}
		moves := chartMove.FindAllStringSubmatch(line, -1)
		for _, move := range moves {
			chart = append(chart, chartLine{kind, move[1], move[2]})
		}
		if len(moves) == 0 && kind != "" {
			chart = append(chart, chartLine{kind: kind})
		}
	}
	return chart
}

// matches tells whether an entry is one that the line of the chart speaks of.
func (c chartLine) matches(kind, from, to string) bool {
	account := func(pattern, account string) bool {
		parts := chartBlank.Split(pattern, -1)
		return len(parts) == 1 && pattern == account || len(parts) == 2 && strings.HasPrefix(account, parts[0]) && account != parts[0]
	}
	return c.kind == kind && account(c.from, from) && account(c.to, to)
}

func TestTheChartOfPostings(t *testing.T) {
	chart := readChart(t)
	for name, kind := range readSource(t).constants["Kind"] {
		if !slices.ContainsFunc(chart, func(c chartLine) bool { return c.kind == kind }) {
			t.Errorf("%s is not in the chart", name)
		}
	}
	shown := map[chartLine]bool{}
	for _, s := range readScenarios(t) {
		told := play(t, s)
		for _, entry := range told.shown {
			for _, line := range chart {
				if line == entry || line.matches(entry.kind, entry.from, entry.to) {
					shown[line] = true
				}
			}
		}
		for _, header := range told.shop.headers {
			for _, e := range header.Entries {
				if !slices.ContainsFunc(chart, func(c chartLine) bool { return c.matches(string(header.Kind), e.From, e.To) }) {
					t.Errorf("%s: a %s posts %s -> %s, which is not in the chart", s.file, header.Kind, e.From, e.To)
				}
			}
		}
	}
	for _, line := range chart {
		if !shown[line] {
			t.Errorf("no scenario shows %s %s -> %s with \"then entry\"", line.kind, line.from, line.to)
		}
	}
}

// ruleSource is what the source of this package says.
type ruleSource struct {
	// constants by their type and name.
	constants map[string]map[string]string
	// refused are the names of the reasons that are given anywhere.
	refused map[string]bool
}

func readSource(t *testing.T) ruleSource {
	t.Helper()
	source := ruleSource{constants: map[string]map[string]string{}, refused: map[string]bool{}}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, source.look)
	}
	return source
}

func (s ruleSource) look(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.ValueSpec:
		kind, ok := n.Type.(*ast.Ident)
		if !ok || len(n.Values) != 1 {
			return true
		}
		if value, ok := n.Values[0].(*ast.BasicLit); ok {
			if s.constants[kind.Name] == nil {
				s.constants[kind.Name] = map[string]string{}
			}
			s.constants[kind.Name][n.Names[0].Name] = strings.Trim(value.Value, `"`)
		}
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.Ident); ok && strings.HasPrefix(f.Name, "Refuse") {
			if reason, ok := n.Args[0].(*ast.Ident); ok {
				s.refused[reason.Name] = true
			}
		}
	}
	return true
}

func TestEveryReasonOfTheRulesHasAScenario(t *testing.T) {
	told := map[string]bool{}
	for _, s := range readScenarios(t) {
		for _, step := range s.steps {
			told[step.outcome] = true
		}
	}
	source := readSource(t)
	for name := range source.refused {
		if reason := source.constants["Reason"][name]; reason == "" || !told[reason] {
			t.Errorf("the rules refuse with %s, and no scenario shows it", name)
		}
	}
	if len(source.refused) == 0 {
		t.Error("the rules refuse nothing: look at this test")
	}
}

func TestEveryMoveOfAHoldHasAScenario(t *testing.T) {
	missing := map[string]bool{}
	for _, state := range []string{"NONE", "HELD", "LAPSED", "RELEASED", "EXPIRED"} {
		missing[state+" release"], missing[state+" sweep"] = true, true
	}
	for _, s := range readScenarios(t) {
		for move := range play(t, s).moved {
			delete(missing, move)
		}
	}
	if len(missing) > 0 {
		t.Errorf("no scenario tries to end a hold that is: %s", strings.Join(slices.Sorted(maps.Keys(missing)), ", "))
	}
}

// at moves the clock.
func (s *story) at(text string) {
	s.Helper()
	if ahead, err := time.ParseDuration(strings.TrimPrefix(text, "+")); err == nil && text[0] == '+' {
		s.shop.now = s.shop.now.Add(ahead)
		return
	}
	s.shop.now = s.instant(text)
}
