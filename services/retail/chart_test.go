package retail

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// chartLine is one posting of the chart in doc.go.
type chartLine struct{ kind, from, to string }

var (
	chartAct   = regexp.MustCompile(`^([A-Z_]+)\b`)
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
	for _, told := range allTold(t) {
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
					t.Errorf("%s: a %s posts %s -> %s, which is not in the chart", told.file, header.Kind, e.From, e.To)
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
