using System;
using Muninn.Microscope.Trajectories;

namespace Muninn.Microscope.Measures.Motion;

/// <summary>One token under test: its steps, what was observed, and how many surrogates did as well.</summary>
sealed class MotionProbe
{
    /// <summary>Fewest steps whose shrinking is tested.</summary>
    public const int StepsMin = 8;

    /// <summary>Fewest late steps in which a beat or a direction is sought.</summary>
    public const int LateStepsMin = 16;

    /// <summary>Fewest steps that have a spectrum.</summary>
    const int BlockMin = 4;

    readonly MotionSettings _settings;
    readonly int _token;
    readonly double[] _norms;
    StepSeries? _window;
    StepSeries? _late;

    /// <summary>Reads the steps of one token.</summary>
    public MotionProbe(Trajectory trajectory, int iterations, int token, MotionSettings settings)
    {
        (_settings, _token) = (settings, token);
        var steps = new TokenSteps(trajectory, iterations, token, settings);
        FirstNotFinite = steps.FirstNotFinite;
        Steps = steps.Count;
        FloorSteps = steps.FloorSteps;
        Extent = steps.Extent;
        IsConstant = steps.IsConstant;
        _norms = steps.Norms;
        if (FirstNotFinite is null && !IsConstant && Steps >= StepsMin)
            Observe(steps.Gram());
    }

    public int? FirstNotFinite { get; }

    public int Steps { get; }

    /// <summary>Steps at the end that are all below the rounding floor.</summary>
    public int FloorSteps { get; }

    public bool IsConstant { get; }

    /// <summary>Largest distance of a state of the window from its last one.</summary>
    public double Extent { get; }

    /// <summary>Change of ln ‖d_i‖ along a line over the late steps, and half the width of its interval.</summary>
    public (double Change, double HalfWidth) LateTrend { get; private set; } = (double.NaN, double.NaN);

    /// <summary>Steps in a block of the phase-randomised model of beats and directions; 0: neither is sought.</summary>
    public int PhaseBlockSteps => _late is null ? 0 : _late.Count / Blocks(_late);

    public int LateSteps => _late?.Count ?? 0;

    public TestCount? Shrinking { get; private set; }

    public TestCount? Beating { get; private set; }

    public TestCount? Heading { get; private set; }

    public Beat? Beat { get; private set; }

    /// <summary>Share of the energy along the mean late step that the mean holds.</summary>
    public double Evenness { get; private set; } = double.NaN;

    /// <summary>ln of the energy of the second half of the late steps against the first; the change of their size over all of them.</summary>
    public double LateLog { get; private set; } = double.NaN;

    /// <summary>What the ratios of the late steps come to at rest; null: it cannot be told.</summary>
    public RestRatio? AtRest { get; private set; }

    public double LastStep => _norms[Steps - 1];

    /// <summary>Draws surrogates up to <paramref name="total"/> for each test that is open.</summary>
    public void Draw(int total)
    {
        if (_window is not null && Shrinking is { IsOpen: true })
        {
            double[] rows = new double[_window.Values.Length];
            double[] energies = new double[_window.Count];
            Draw(_window, 0, Shrinking.Drawn, total, rows, model => Shrinking.Count(model, MotionStatistics.Shrinking(rows, energies)));
            Shrinking.Drawn = total;
        }

        if (_late is null || Beating is null || Heading is null || !(Beating.IsOpen || Heading.IsOpen))
            return;
        double[] late = new double[_late.Values.Length];
        var search = new LineSearch(_late.Count, _late.Columns);
        int drawn = Beating.IsOpen ? Beating.Drawn : Heading.Drawn;
        Draw(_late, 1, drawn, total, late, model =>
        {
            double share = search.Largest(late, Beating.Statistic);
            if (Beating.IsOpen)
                Beating.Count(model, share);
            if (Heading.IsOpen)
                Heading.Count(model, search.MeanShare);
        });
        DrawWhole(_late, drawn, total, late, search);
        if (Beating.IsOpen)
            Beating.Drawn = total;
        if (Heading.IsOpen)
            Heading.Drawn = total;
    }

    // Beside the model of blocks, the phases of the whole half: what would be left at the strictest reading.
    void DrawWhole(StepSeries series, int drawn, int total, double[] rows, LineSearch search)
    {
        var source = new PhaseSurrogates(series, 1, _settings.Seed, int.MaxValue - _token);
        for (int number = drawn; number < total; number++)
        {
            source.Draw(number, rows);
            double share = search.Largest(rows, Beating!.Statistic);
            if (Beating.IsOpen)
                Beating.CountWhole(share);
            if (Heading!.IsOpen)
                Heading.CountWhole(search.MeanShare);
        }
    }

    int Blocks(StepSeries series) => Math.Clamp(series.Count / BlockMin, 1, _settings.PhaseBlocks);

    void Draw(StepSeries series, int part, int drawn, int total, double[] rows, Action<NullModel> count)
    {
        foreach (var model in MotionSettings.Models)
        {
            // Whether steps shrink is a question to the whole window.
            int blocks = part == 0 ? 1 : Blocks(series);
            var source = SurrogateSource.Of(
                model, series, blocks, _settings.Seed, (_token * 2 + part) * MotionSettings.Models.Length + (int)model);
            for (int number = drawn; number < total; number++)
            {
                source.Draw(number, rows);
                count(model);
            }
        }
    }

    void Observe(double[] gram)
    {
        int count = Steps;
        double[] energies = new double[count];
        for (int i = 0; i < count; i++)
            energies[i] = gram[i * count + i];
        _window = StepSeries.FromGram(gram, count);
        // What stays below rounding for as long as a test needs has come to rest: no change of noise does that.
        bool isAtRest = FloorSteps >= StepsMin;
        Shrinking = new TestCount(MotionStatistics.Shrinking(energies))
        {
            SizeP = isAtRest ? double.NaN : SizeTrend.Falling(MotionStatistics.Logs(energies)),
        };
        int late = Math.Min(count, Math.Max(LateStepsMin, (count + 1) / 2));
        int first = count - late;
        LateLog = MotionStatistics.LogEnergyRatio(energies.AsSpan(first));
        AtRest = RestRatio.Of(_norms.AsSpan(first, late));
        LateTrend = SizeTrend.Change(MotionStatistics.Logs(energies.AsSpan(first)));
        if (late < LateStepsMin)
            return;
        // Size grows or shrinks by this much a step: taken out, so that a shrinking beat is as good a beat.
        double growth = LateLog / late;
        double[] block = new double[late * late];
        for (int i = 0; i < late; i++)
        {
            for (int j = 0; j < late; j++)
                block[i * late + j] = gram[(first + i) * count + first + j] * Math.Exp(-growth * (i + j - (late - 1)));
        }

        _late = StepSeries.FromGram(block, late);
        var search = new LineSearch(late, _late.Columns);
        Beating = new TestCount(search.Largest(_late.Values));
        Heading = new TestCount(search.MeanShare);
        Beat = search.ToBeat();
        Evenness = MotionStatistics.Evenness(_late);
    }
}

/// <summary>A statistic and how many surrogates came up to it.</summary>
/// <param name="statistic">What was observed.</param>
sealed class TestCount(double statistic)
{
    /// <summary>Surrogates that are as extreme but for rounding are as extreme.</summary>
    const double Rounding = 1e-9;

    readonly int[] _asExtreme = new int[MotionSettings.Models.Length];
    int _wholeAsExtreme;

    public double Statistic => statistic;

    /// <summary>Surrogates drawn of each model.</summary>
    public int Drawn { get; set; }

    /// <summary>Whether more surrogates are to be drawn.</summary>
    public bool IsOpen { get; set; } = true;

    /// <summary>Whether no surrogate of any model has come up to the statistic: only their number bounds p.</summary>
    public bool IsBoundByNumber => Array.TrueForAll(_asExtreme, count => count == 0) && !(SizeP >= P);

    /// <summary>p from the sizes of steps alone; NaN: not asked for.</summary>
    public double SizeP { get; init; } = double.NaN;

    public double P => Math.Max((1.0 + Most) / (1 + Drawn), double.IsNaN(SizeP) ? 0 : SizeP);

    /// <summary>P with the phases of the whole half at random as one more model.</summary>
    public double WholeP => Math.Max(P, (1.0 + _wholeAsExtreme) / (1 + Drawn));

    int Most
    {
        get
        {
            int most = 0;
            foreach (int count in _asExtreme)
                most = Math.Max(most, count);
            return most;
        }
    }

    public void Count(NullModel model, double value)
    {
        if (IsAsExtreme(value))
            _asExtreme[(int)model]++;
    }

    /// <summary>The same for a surrogate whose phases are at random over the whole half.</summary>
    public void CountWhole(double value) => _wholeAsExtreme += IsAsExtreme(value) ? 1 : 0;

    bool IsAsExtreme(double value) => !(value < statistic - Rounding * Math.Abs(statistic));

    public MotionTest ToTest(double adjusted, double wholeAdjusted) =>
        new(statistic, Drawn, Array.ConvertAll(_asExtreme, count => (1.0 + count) / (1 + Drawn)), P, adjusted)
        {
            SizeP = SizeP,
            WholeP = WholeP,
            WholeAdjusted = wholeAdjusted,
        };
}
