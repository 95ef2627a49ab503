namespace Muninn.Engine.Training.Worlds;

/// <summary>The words that the worlds are made of.</summary>
static class WorldWords
{
    internal static readonly string[] Names =
    [
        "Rosa", "Quin", "Sam", "Gus", "Leo", "Ola", "Finn", "Ned", "Dan", "Pam", "Kim", "Tess", "Ben", "Eve", "Jon", "Cara", "Mia", "Ann",
        "Ida", "Hal",
    ];

    /// <summary>Letters that are easily told apart, and not mistaken for words: no i, j, l, o.</summary>
    internal static readonly string[] Letters =
        ["a", "b", "c", "d", "e", "f", "g", "h", "k", "m", "n", "p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z"];

    internal static readonly string[] Things = ["key", "ball", "cup", "lamp", "coin", "ring", "map", "book"];
    internal static readonly string[] Foods = ["apples", "nuts", "cakes", "pears", "eggs", "figs"];
    internal static readonly string[] Looks = ["old", "small", "new", "big", "bright", "red", "quiet", "blue"];
    internal static readonly string[] Places = ["garden", "house", "river", "hill", "market", "road", "field"];
    internal static readonly string[] Ways = ["runs", "looks", "walks", "comes", "goes"];

    /// <summary>People of the example prompts who are in no question.</summary>
    internal static readonly string[] Guests = ["Cleo", "Claire", "Goethe", "Faust", "Huginn", "Muninn"];

    internal static readonly string[] Times = ["morning", "evening", "day", "night", "week"];
    internal static readonly string[] Meals = ["breakfast", "lunch", "supper"];
}
