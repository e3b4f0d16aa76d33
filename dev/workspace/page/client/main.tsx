import { render } from 'preact';
import { App } from './app.tsx';

const root = document.getElementById('page');
if (root === null) throw new Error('The page has no place for the workspace');
root.replaceChildren();
render(<App />, root);
