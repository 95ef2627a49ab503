using System;
using System.Collections.Generic;
using Muninn.Microscope.Trajectories;

namespace Muninn.Microscope.Measures.Geometry;

/// <summary>Chosen states of all tokens, centred when they are read; nothing is copied but the centres.</summary>
sealed class StateCloud
{
    readonly IReadOnlyList<Trajectory> _trajectories;
    readonly int[] _iterations;
    readonly int _positions;
    readonly double[] _centres;
    readonly Centring _centring;

    /// <summary>Takes the centres.</summary>
    /// <exception cref="ArgumentException">A state is not finite.</exception>
    public StateCloud(IReadOnlyList<Trajectory> trajectories, int[] iterations, Centring centring)
    {
        (_trajectories, _iterations, _centring) = (trajectories, iterations, centring);
        _positions = trajectories[0].Positions;
        Width = trajectories[0].Width;
        Count = trajectories.Count * _positions * iterations.Length;
        RequireFinite();
        int centres = centring switch
        {
            Centring.Rest => trajectories.Count * _positions,
            Centring.TokenMean => _positions,
            _ => 1,
        };
        _centres = new double[centres * Width];
        if (centring == Centring.Rest)
            TakeRests();
        else
            TakeMeans(Count / centres);
    }

    /// <summary>States.</summary>
    public int Count { get; }

    /// <summary>Width of a state.</summary>
    public int Width { get; }

    /// <summary>State <paramref name="index"/> = (trajectory · positions + token) · iterations + iteration, less its centre.</summary>
    public void Read(int index, Span<double> destination)
    {
        ReadOnlySpan<float> state = State(index);
        ReadOnlySpan<double> centre = _centres.AsSpan(CentreOf(index) * Width, Width);
        for (int c = 0; c < destination.Length; c++)
            destination[c] = state[c] - centre[c];
    }

    ReadOnlySpan<float> State(int index)
    {
        int token = index / _iterations.Length;
        return _trajectories[token / _positions].State(_iterations[index % _iterations.Length]).Slice(token % _positions * Width, Width);
    }

    int CentreOf(int index) => _centring switch
    {
        Centring.Rest => index / _iterations.Length,
        Centring.TokenMean => index / _iterations.Length % _positions,
        _ => 0,
    };

    void TakeRests()
    {
        for (int token = 0; token < _centres.Length / Width; token++)
        {
            ReadOnlySpan<float> rest = State(token * _iterations.Length + _iterations.Length - 1);
            for (int c = 0; c < Width; c++)
                _centres[token * Width + c] = rest[c];
        }
    }

    void TakeMeans(int share)
    {
        for (int index = 0; index < Count; index++)
        {
            ReadOnlySpan<float> state = State(index);
            Span<double> centre = _centres.AsSpan(CentreOf(index) * Width, Width);
            for (int c = 0; c < Width; c++)
                centre[c] += (double)state[c] / share;
        }
    }

    void RequireFinite()
    {
        for (int index = 0; index < Count; index++)
        {
            foreach (float value in State(index))
            {
                if (!float.IsFinite(value))
                    throw new ArgumentException(
                        $"The state of token {index / _iterations.Length % _positions} at iteration {_iterations[index % _iterations.Length]} is not finite, " +
                        "so it has no place in a common basis. Give iterations before it.");
            }
        }
    }
}
