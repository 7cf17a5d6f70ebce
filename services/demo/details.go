package demo

import (
	"iter"
	"slices"
	"strings"

	catalogpb "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	"github.com/aisle-retail/aisle/services/imports"
)

// languages are those that the demo's products speak beside English, in the order of the words below.
var languages = []string{"es", "ca", "pt"}

// nouns are what things are called in the other languages.
var nouns = map[string][]string{
	"shirt": {"Camisa", "Camisa", "Camisa"}, "T-shirt": {"Camiseta", "Samarreta", "Camiseta"}, "polo shirt": {"Polo", "Polo", "Polo"},
	"jumper": {"Jersey", "Jersei", "Camisola"}, "cardigan": {"Cárdigan", "Càrdigan", "Casaco de malha"},
	"sweatshirt": {"Sudadera", "Dessuadora", "Sweatshirt"}, "jeans": {"Vaqueros", "Texans", "Calças de ganga"},
	"chinos": {"Chinos", "Xinos", "Calças chino"}, "trousers": {"Pantalones", "Pantalons", "Calças"},
	"shorts": {"Pantalones cortos", "Pantalons curts", "Calções"}, "skirt": {"Falda", "Faldilla", "Saia"},
	"dress": {"Vestido", "Vestit", "Vestido"}, "blazer": {"Americana", "Americana", "Blazer"}, "jacket": {"Chaqueta", "Jaqueta", "Casaco"},
	"coat": {"Abrigo", "Abric", "Sobretudo"}, "raincoat": {"Gabardina", "Impermeable", "Gabardina"},
	"sneakers": {"Zapatillas", "Vambes", "Ténis"}, "boots": {"Botas", "Botes", "Botas"}, "sandals": {"Sandalias", "Sandàlies", "Sandálias"},
	"loafers": {"Mocasines", "Mocassins", "Mocassins"}, "socks": {"Calcetines", "Mitjons", "Meias"}, "belt": {"Cinturón", "Cinturó", "Cinto"},
	"scarf": {"Bufanda", "Bufanda", "Cachecol"}, "hat": {"Sombrero", "Barret", "Chapéu"}, "gloves": {"Guantes", "Guants", "Luvas"},
	"bag": {"Bolso", "Bossa", "Mala"}, "wallet": {"Cartera", "Cartera", "Carteira"}, "pyjamas": {"Pijama", "Pijama", "Pijama"},
	"swimsuit": {"Bañador", "Banyador", "Fato de banho"}, "book": {"Libro", "Llibre", "Livro"},
}

// hues are the colours in the other languages, each another word than the rest.
var hues = map[string][]string{
	"black": {"negro", "negre", "preto"}, "blue": {"azul", "blau", "azul"}, "brick": {"teja", "totxo", "tijolo"},
	"charcoal": {"carbón", "carbó", "carvão"}, "ecru": {"crudo", "cru", "cru"}, "indigo": {"índigo", "indi", "índigo"},
	"ink": {"tinta", "tinta", "tinta"}, "ivory": {"marfil", "ivori", "marfim"}, "moss": {"musgo", "molsa", "musgo"},
	"navy": {"marino", "marí", "marinho"}, "rose": {"rosa", "rosa", "rosa"}, "sand": {"arena", "sorra", "areia"},
	"sky": {"celeste", "cel", "celeste"}, "white": {"blanco", "blanc", "branco"},
}

// materials are what things are made of, in English and in the other languages. The first that the text of a model names is its
// own.
var materials = []struct {
	code  string
	names []string
	told  []string
}{
	{"cashmere", []string{"Cashmere", "Cachemira", "Caixmir", "Caxemira"}, []string{"cashmere"}},
	{"merino", []string{"Merino wool", "Lana merina", "Llana merina", "Lã merino"}, []string{"merino"}},
	{"linen", []string{"Linen", "Lino", "Lli", "Linho"}, []string{"linen", "flax"}},
	{"silk", []string{"Silk", "Seda", "Seda", "Seda"}, []string{"silk"}},
	{"hemp", []string{"Hemp", "Cáñamo", "Cànem", "Cânhamo"}, []string{"hemp"}},
	{"leather", []string{"Leather", "Piel", "Pell", "Couro"}, []string{"leather", "suede", "calf", "hide"}},
	{"denim", []string{"Denim", "Tela vaquera", "Tela texana", "Ganga"}, []string{"denim", "selvedge"}},
	{"wool", []string{"Wool", "Lana", "Llana", "Lã"}, []string{"wool", "tweed", "flannel", "felt"}},
	{"cotton", []string{"Cotton", "Algodón", "Cotó", "Algodão"}, []string{"cotton", "poplin", "oxford", "jersey", "piqué", "terry", "corduroy"}},
}

// attributes are what the demo's products say of themselves.
func attributes() iter.Seq[imports.Record] {
	material := &catalogpb.Attribute{
		Code: "material", Name: "Material", Names: local("Material", "Material", "Material"), Type: catalogpb.AttributeType_ATTRIBUTE_TYPE_CHOICE,
	}
	for _, m := range materials {
		material.Choices = append(material.Choices, &catalogpb.AttributeChoice{Code: m.code, Name: m.names[0], Names: local(m.names[1:]...)})
	}
	all := []*catalogpb.Attribute{
		material,
		{Code: "fit", Name: "Fit", Names: local("Corte", "Tall", "Corte"), Type: catalogpb.AttributeType_ATTRIBUTE_TYPE_TEXT},
		{Code: "care", Name: "Care", Names: local("Cuidado", "Cura", "Cuidados"), Type: catalogpb.AttributeType_ATTRIBUTE_TYPE_TEXT},
	}
	return func(yield func(imports.Record) bool) {
		for _, attribute := range all {
			if !yield(statement("aisle.catalog.v1.CatalogService/PutAttribute", &catalogpb.PutAttributeRequest{Attribute: attribute})) {
				return
			}
		}
	}
}

// local is a text in each of the other languages.
func local(texts ...string) (all []*catalogpb.LocalText) {
	for i, text := range texts {
		all = append(all, &catalogpb.LocalText{Language: languages[i], Text: text})
	}
	return all
}

// describe adds to a product what it says beside its title and text: material, fit and care, its names in other languages, and
// where its picture would lie.
func describe(product *catalogpb.Product, family family, model model) {
	about := strings.ToLower(model.name + " " + model.about)
	for _, m := range materials {
		if slices.ContainsFunc(m.told, func(word string) bool { return strings.Contains(about, word) }) {
			product.Attributes = append(product.Attributes, &catalogpb.AttributeValue{Attribute: "material", Choices: []string{m.code}})
			break
		}
	}
	product.Attributes = append(product.Attributes,
		&catalogpb.AttributeValue{Attribute: "fit", Text: family.fit}, &catalogpb.AttributeValue{Attribute: "care", Text: family.care})
	product.Images = []*catalogpb.Image{{Url: "https://images.example/" + product.GetCode() + ".jpg", Alt: product.GetTitle()}}
	for i, language := range languages {
		product.Translations = append(product.Translations, &catalogpb.Translation{
			Language: language, Title: nouns[family.noun][i] + " " + model.name, Options: optionsIn(i, product.GetOptions()),
		})
	}
}

// optionsIn are the options in one of the other languages. Sizes are the same in all.
func optionsIn(language int, options []*catalogpb.Option) (all []*catalogpb.Option) {
	if len(options) == 0 {
		return nil
	}
	colour := &catalogpb.Option{Name: []string{"Color", "Color", "Cor"}[language]}
	for _, value := range options[0].GetValues() {
		hue := value
		if words := hues[value]; words != nil {
			hue = words[language]
		}
		colour.Values = append(colour.Values, hue)
	}
	size := &catalogpb.Option{Name: []string{"Talla", "Talla", "Tamanho"}[language], Values: options[1].GetValues()}
	return []*catalogpb.Option{colour, size}
}
