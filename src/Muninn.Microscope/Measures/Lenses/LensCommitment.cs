namespace Muninn.Microscope.Measures.Lenses;

/// <summary>From which iteration on each token's reading stays what it is at the end.</summary>
static class LensCommitment
{
    /// <summary>Fills <see cref="LensTable.Commit"/>, <see cref="LensTable.Settled"/> and <see cref="LensTable.Changes"/> from the readings.</summary>
    internal static void Conclude(LensTable table)
    {
        for (int position = 0; position < table.Positions; position++)
        {
            int final = table.FinalTokens[position];
            bool holds = final != LensTable.NoToken;
            bool isNear = holds;
            int? later = null;
            table.Commit[position] = table.Settled[position] = null;
            table.Changes[position] = 0;
            for (int m = table.Readings - 1; m >= 0; m--)
            {
                if (table.Blocks[m] != LensTable.State)
                    continue;
                int likeliest = table.Likeliest(m, position);
                holds &= likeliest == final;
                // A divergence that is no number is not below anything.
                isNear &= table.Divergence[m * table.Positions + position] < table.Settings.DivergenceBound;
                if (holds)
                    table.Commit[position] = table.Iterations[m];
                if (isNear)
                    table.Settled[position] = table.Iterations[m];
                if (later is { } token && token != likeliest)
                    table.Changes[position]++;
                later = likeliest;
            }
        }
    }
}
