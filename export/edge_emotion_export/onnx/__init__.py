"""ONNX files: conversion, the quantisers, and what stands in a graph."""
